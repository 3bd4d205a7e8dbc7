import { labelChangesOf, type CommandLine } from './commandLine.ts';
import { ConfigError, type Config } from './config.ts';
import { derive } from './control/derive.ts';
import { dryRun, wouldGoWell, type Live } from './control/dryRun.ts';
import { dryRunText } from './control/dryRunText.ts';
import { readQuestion, type AskedRequest } from './control/explainQuestion.ts';
import { explainRequest, type RequestExplanation } from './control/explainRequest.ts';
import { explainRequestText } from './control/explainRequestText.ts';
import { explainService, noSuchService } from './control/explainService.ts';
import { explainServiceText } from './control/explainServiceText.ts';
import { explainText, hasRefusal } from './control/explainText.ts';
import { noServiceToChange, proposedServices, type LabelProposal } from './control/proposal.ts';
import { viewDerivation } from './control/views.ts';
import { resolveNames } from './metadata/names.ts';
import { readOnce } from './metadata/source.ts';
import type { Derivation } from './model/derivation.ts';

/** How long `explain` waits for names of external services to be resolved. */
const NAMES_MS = 5_000;

/** What `explain` prints, and whether all is as it should be. */
export interface Told {
  readonly json: object;
  readonly text: () => string;
  readonly isWell: boolean;
}

/** Answers what `explain` is asked. Throws `ConfigError` for what cannot be asked and `MetadataError` where the source cannot be read. */
export async function explain(line: CommandLine, config: Config): Promise<Told> {
  const request = questionOf(line);
  const { preferLocal } = config.derive;
  const read = await readOnce(line.operands[0] ?? config.metadata.url, { preferLocal });
  const proposal = proposalOf(line);
  // Also the names that only what is proposed would have resolved.
  const concerned = proposal === null ? [] : proposedServices(read, proposal);
  const all = { ...read, services: [...read.services, ...concerned] };
  const snapshot = { ...read, resolutions: (await resolveNames(all, NAMES_MS)).resolutions };
  const derivation = derive(snapshot, config.derive);
  if (request !== null) return tellOfRequest(explainRequest(derivation, request));
  if (proposal !== null) return tellOfProposal({ snapshot, derivation, isHolding: false }, proposal, config);
  const id = line.questions.get('service')?.at(-1);
  return id === undefined ? tellOfAll(derivation) : tellOfService(derivation, id);
}

function tellOfAll(derivation: Derivation): Told {
  return {
    json: viewDerivation(derivation),
    text: () => explainText(derivation),
    isWell: !hasRefusal(derivation),
  };
}

function tellOfRequest(json: RequestExplanation): Told {
  return { json, text: () => explainRequestText(json), isWell: json.forwarded };
}

function tellOfService(derivation: Derivation, id: string): Told {
  const json = explainService(derivation, id);
  if (json === null) throw new ConfigError([noSuchService(id, derivation.services)]);
  return { json, text: () => explainServiceText(json), isWell: json.state === 'routed' };
}

function tellOfProposal(live: Live, proposal: LabelProposal, config: Config): Told {
  const json = dryRun(live, proposal, config);
  if (json === null) throw new ConfigError([noServiceToChange(proposal.service, live.snapshot)]);
  return { json, text: () => dryRunText(proposal.service, json), isWell: wouldGoWell(json) };
}

/** The labels that are proposed; null: none. */
function proposalOf(line: CommandLine): LabelProposal | null {
  const service = line.questions.get('service')?.at(-1);
  const labels = labelChangesOf(line);
  return service === undefined || labels.size === 0 ? null : { kind: 'labels', service, labels };
}

/** The request that was asked about; null: none. */
function questionOf({ questions }: CommandLine): AskedRequest | null {
  const last = (flag: 'path' | 'method'): string | null => questions.get(flag)?.at(-1) ?? null;
  const host = questions.get('host')?.at(-1);
  if (host === undefined) return null;
  const fields = questions.get('header') ?? [];
  const read = readQuestion({ host, path: last('path'), method: last('method'), fields });
  if ('mistake' in read) throw new ConfigError([read.mistake]);
  return read;
}
