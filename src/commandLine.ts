import { parseArgs } from 'node:util';
import { flagOf, SETTINGS, type SettingName } from './settings.ts';
import { nearest } from './model/nearest.ts';

const COMMANDS = ['run', 'demo', 'explain'] as const;
const SWITCHES: ReadonlySet<string> = new Set(['help', 'version', 'json', 'scenario', 'h', 'v']);

/** What `explain` may be asked about: a request, or a service, perhaps with other labels. Each takes a value. */
const QUESTIONS = ['host', 'path', 'method', 'header', 'service', 'with-label', 'without-label'] as const;

/** The question that each of the others is a part of. */
const PART_OF = {
  path: 'host',
  method: 'host',
  header: 'host',
  'with-label': 'service',
  'without-label': 'service',
} as const;

type QuestionFlag = (typeof QUESTIONS)[number];

/** What was asked for on the command line. */
export interface CommandLine {
  readonly command: (typeof COMMANDS)[number];
  /** Arguments that are no flags: SOURCE of `explain`. */
  readonly operands: readonly string[];
  readonly settings: ReadonlyMap<SettingName, string>;
  readonly help: boolean;
  readonly version: boolean;
  readonly json: boolean;
  readonly scenario: boolean;
  /** What `explain` is asked about: the values of each flag, in their order. */
  readonly questions: ReadonlyMap<QuestionFlag, readonly string[]>;
  /** What is wrong with the arguments, a line each, to be told together with what is wrong with the settings. */
  readonly mistakes: readonly string[];
}

/** An argument that is no flag, and which in order it is. */
interface Operand {
  readonly text: string;
  readonly place: number;
}

/** Reads the arguments after the program's name. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const names = Object.keys(SETTINGS).filter(isSettingName);
  const byFlag = new Map(names.map((name) => [flagOf(name).slice(2), name]));
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      [...byFlag.keys(), ...QUESTIONS].map((flag) => [flag, { type: 'string' as const }]),
    ),
  });
  const mistakes: string[] = [];
  const settings = new Map<SettingName, string>();
  const switches = new Set<string>();
  const questions = new Map<QuestionFlag, readonly string[]>();
  const operands: Operand[] = [];
  /** Where in `args` the last unknown flag stands. */
  let unknownAt: number | null = null;
  for (const token of tokens) {
    if (token.kind === 'positional') {
      const operand = { text: token.value, place: token.index + 1 };
      // What follows a mistyped flag may be the password that it was to set: it is neither taken for anything else nor repeated.
      if (unknownAt === null || (operands.length === 0 && isCommand(operand.text))) operands.push(operand);
    }
    // Of `-abc` the first letter is told.
    if (token.kind !== 'option' || token.index === unknownAt) continue;
    const setting = byFlag.get(token.name);
    if (setting !== undefined) {
      if (token.value === undefined)
        mistakes.push(`--${token.name}: a value is missing; ${SETTINGS[setting].about}`);
      else settings.set(setting, token.value);
    } else if (isQuestion(token.name)) {
      if (token.value === undefined || token.value === '')
        mistakes.push(`--${token.name}: a value is missing; for example ${EXAMPLES[token.name]}`);
      else questions.set(token.name, [...(questions.get(token.name) ?? []), token.value]);
    } else if (SWITCHES.has(token.name) && token.value !== undefined) {
      mistakes.push(`${token.rawName}: takes no value`);
    } else if (SWITCHES.has(token.name)) {
      switches.add(token.name);
    } else {
      unknownAt = token.index;
      const [flag = ''] = /^-+[\w-]*/.exec(token.rawName) ?? [];
      mistakes.push(`${flag}: no such flag; ${flagHint(token.name)}active-lb --help lists all`);
    }
  }
  const command = takeCommand(operands, mistakes);
  refuseMisplaced(command, operands, switches, mistakes);
  refuseMisasked(command, questions, mistakes);
  return {
    command,
    operands: operands.map(({ text }) => text),
    settings,
    help: switches.has('help') || switches.has('h'),
    version: switches.has('version') || switches.has('v'),
    json: switches.has('json'),
    scenario: switches.has('scenario'),
    questions,
    mistakes,
  };
}

function takeCommand(operands: Operand[], mistakes: string[]): CommandLine['command'] {
  const first = operands.shift();
  if (first === undefined) return 'run';
  if (isCommand(first.text)) return first.text;
  mistakes.push(`${shown(first)}: no such command; there are ${COMMANDS.join(', ')}`);
  return 'run';
}

function isCommand(text: string): text is CommandLine['command'] {
  return COMMANDS.some((name) => name === text);
}

/** Only what is a word or a path: an argument that went astray may be a line of LB_ADMIN_USERS, or a URL with a password. */
function shown({ text, place }: Operand): string {
  return /^[\w./-]{1,100}$/.test(text) ? text : `argument ${place}`;
}

function refuseMisplaced(
  command: string,
  operands: readonly Operand[],
  switches: ReadonlySet<string>,
  mistakes: string[],
): void {
  const allowed = command === 'explain' ? 1 : 0;
  for (const extra of operands.slice(allowed))
    mistakes.push(`${shown(extra)}: one argument too many for ${command}`);
  if (switches.has('json') && command !== 'explain') mistakes.push('--json: only for explain');
  if (switches.has('scenario') && command !== 'demo') mistakes.push('--scenario: only for demo');
}

function refuseMisasked(command: string, questions: CommandLine['questions'], mistakes: string[]): void {
  for (const flag of questions.keys()) {
    if (command !== 'explain') mistakes.push(`--${flag}: only for explain`);
    else if (flag !== 'host' && flag !== 'service' && !questions.has(PART_OF[flag]))
      mistakes.push(`--${flag}: only with --${PART_OF[flag]}`);
  }
  const added = (questions.get('with-label') ?? []).map(splitLabel);
  // What has no name may be a password that went astray, and is not repeated.
  if (added.some(({ key, value }) => key === '' || value === null))
    mistakes.push(`--with-label: a name or "=" is missing; for example ${EXAMPLES['with-label']}`);
  const both = questions.get('without-label')?.some((key) => added.some((each) => each.key === key));
  if (both === true) mistakes.push('--with-label and --without-label: one label is given to both');
  if (questions.has('host') && questions.has('service'))
    mistakes.push('--host and --service: give one of them, since they ask different things');
}

/** What `--with-label` and `--without-label` ask for; null takes a label away. */
export function labelChangesOf({ questions }: CommandLine): ReadonlyMap<string, string | null> {
  const removed = (questions.get('without-label') ?? []).map((key) => [key, null] as const);
  const added = (questions.get('with-label') ?? []).map(splitLabel);
  return new Map<string, string | null>([
    ...removed,
    ...added.map(({ key, value }) => [key, value ?? ''] as const),
  ]);
}

/** `name=value`; the value may hold further equals signs, and is null where there is none. */
function splitLabel(text: string): { readonly key: string; readonly value: string | null } {
  const at = text.indexOf('=');
  return at === -1 ? { key: text, value: null } : { key: text.slice(0, at), value: text.slice(at + 1) };
}

const EXAMPLES: Readonly<Record<QuestionFlag, string>> = {
  host: '--host web.example.com',
  path: '--path /api?x=1',
  method: '--method POST',
  header: "--header 'X-Version: 2'",
  service: '--service stack/name',
  'with-label': '--with-label traefik.port=8080',
  'without-label': '--without-label traefik.domain',
};

function isQuestion(name: string): name is QuestionFlag {
  return name in EXAMPLES;
}

/** `the nearest is --http-port; `, or nothing where none is near. */
function flagHint(mistyped: string): string {
  const flags = [...Object.keys(SETTINGS).filter(isSettingName).map(flagOf), '--help', '--version'].concat(
    [...QUESTIONS, 'json', 'scenario'].map((flag) => `--${flag}`),
  );
  const near = nearest(`--${mistyped.toLowerCase()}`, flags, maxEdits(`--${mistyped}`));
  return near === null ? '' : `the nearest is ${near}; `;
}

/** The setting that a mistyped variable comes nearest to; null where none is near. */
export function nearestVariable(name: string): string | null {
  return nearest(name.toLowerCase(), Object.keys(SETTINGS), maxEdits(name));
}

/** What differs in more is no misspelling. */
function maxEdits(text: string): number {
  return Math.max(1, Math.floor(text.length / 3));
}

function isSettingName(name: string): name is SettingName {
  return name in SETTINGS;
}

/** The text of `--help`. */
export function helpText(): string {
  const settings = Object.entries(SETTINGS).map(([name, { fallback, about }]) => {
    const flag = isSettingName(name) ? flagOf(name) : '';
    return `  ${name.padEnd(23)} ${flag.padEnd(22)} ${about}${fallback === null ? '' : ` [${fallback}]`}`;
  });
  return `active-lb: the active load balancer for Rancher 1.x

usage: active-lb [run]                     the daemon
       active-lb demo [--scenario]         everything on this machine, on loopback, to try it
       active-lb explain [SOURCE] [--json] what is routed, what is not, and why; exit 1 where a service is refused
                                           SOURCE: a metadata URL or a JSON file; default LB_METADATA_URL
         --host HOST [--path PATH] [--method METHOD] [--header 'Name: value']...
                                           what becomes of this request, step by step; exit 1 where it reaches no server
         --service STACK/NAME              how the labels of this service were understood; exit 1 where no request reaches it
           [--with-label LABEL=VALUE]... [--without-label LABEL]...
                                           what these labels would change, for it and for others, and nothing is applied;
                                           exit 1 also where any service would get an error, or the change would be held
       active-lb --help | --version

Settings are environment variables or flags; a flag wins. Durations: 500ms, 60s, 2m, 1h.

${settings.join('\n')}
`;
}
