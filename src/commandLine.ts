import { parseArgs } from 'node:util';
import { flagOf, SETTINGS, type SettingName } from './config.ts';

const COMMANDS = ['run', 'demo', 'explain'] as const;
const SWITCHES: ReadonlySet<string> = new Set(['help', 'version', 'json', 'scenario', 'h', 'v']);

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
  /** What is wrong with the arguments, a line each, to be told together with what is wrong with the settings. */
  readonly mistakes: readonly string[];
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
    options: Object.fromEntries([...byFlag.keys()].map((flag) => [flag, { type: 'string' as const }])),
  });
  const mistakes: string[] = [];
  const settings = new Map<SettingName, string>();
  const switches = new Set<string>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const setting = byFlag.get(token.name);
    if (setting !== undefined) {
      if (token.value === undefined)
        mistakes.push(`--${token.name}: a value is missing; ${SETTINGS[setting].about}`);
      else settings.set(setting, token.value);
    } else if (SWITCHES.has(token.name) && token.value !== undefined) {
      mistakes.push(`${token.rawName}: takes no value`);
    } else if (SWITCHES.has(token.name)) {
      switches.add(token.name);
    } else {
      mistakes.push(`${token.rawName}: no such flag; active-lb --help lists all`);
    }
  }
  const command = takeCommand(operands, mistakes);
  refuseMisplaced(command, operands, switches, mistakes);
  return {
    command,
    operands,
    settings,
    help: switches.has('help') || switches.has('h'),
    version: switches.has('version') || switches.has('v'),
    json: switches.has('json'),
    scenario: switches.has('scenario'),
    mistakes,
  };
}

function takeCommand(operands: string[], mistakes: string[]): CommandLine['command'] {
  const first = operands.shift();
  if (first === undefined) return 'run';
  const command = COMMANDS.find((name) => name === first);
  if (command === undefined) mistakes.push(`${first}: no such command; there are ${COMMANDS.join(', ')}`);
  return command ?? 'run';
}

function refuseMisplaced(
  command: string,
  operands: readonly string[],
  switches: ReadonlySet<string>,
  mistakes: string[],
): void {
  const allowed = command === 'explain' ? 1 : 0;
  for (const extra of operands.slice(allowed))
    mistakes.push(`${extra}: one argument too many for ${command}`);
  if (switches.has('json') && command !== 'explain') mistakes.push('--json: only for explain');
  if (switches.has('scenario') && command !== 'demo') mistakes.push('--scenario: only for demo');
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
       active-lb --help | --version

Settings are environment variables or flags; a flag wins. Durations: 500ms, 60s, 2m, 1h.

${settings.join('\n')}
`;
}
