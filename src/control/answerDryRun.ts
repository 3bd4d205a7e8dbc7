import { dryRun, type DryRunSettings, type Live } from './dryRun.ts';
import type { DryRunOutcome } from './events.ts';
import { noServiceToChange, proposedServices } from './proposal.ts';
import { readProposal } from './proposalText.ts';
import { excessIn } from './proposalWeight.ts';

/** Does the dry run that the body of a request asks for. `live` is called when the body was read; null: nothing is live so far. */
export async function answerDryRun(
  body: Uint8Array,
  live: () => Live | null,
  settings: DryRunSettings,
): Promise<DryRunOutcome> {
  const proposal = await readProposal(body, settings.derive.preferLocal);
  if ('mistake' in proposal) return { kind: 'mistake', code: proposal.code, message: proposal.mistake };
  const now = live();
  if (now === null)
    return {
      kind: 'unavailable',
      code: 'no-metadata',
      message: 'no metadata was taken over since the start, so there is nothing to compare with',
    };
  const excess = excessIn(proposedServices(now.snapshot, proposal), settings.derive);
  if (excess !== null) return { kind: 'mistake', code: 'too-much', message: excess };
  const result = dryRun(now, proposal, settings);
  if (result === null && proposal.kind === 'labels')
    return {
      kind: 'mistake',
      code: 'no-such-service',
      message: noServiceToChange(proposal.service, now.snapshot),
    };
  return { kind: 'done', json: new TextEncoder().encode(`${JSON.stringify(result)}\n`) };
}
