import type { Finding } from '../../model/finding.ts';
import { SeverityBadge } from './badge.tsx';

/** One finding: how bad, its code, the label to change, what to do. */
export function FindingView({ finding: { severity, code, label, message } }: { readonly finding: Finding }) {
  return (
    <div class="finding">
      <p>
        <SeverityBadge severity={severity} /> <code>{code}</code>
        {label !== null && (
          <>
            {' '}
            <span class="dim">label</span> <code>{label}</code>
          </>
        )}
      </p>
      <p>{message}</p>
    </div>
  );
}
