import type { BackendExplanation } from '../../control/explainServers.ts';
import { Badge } from './badge.tsx';

/** A backend with its servers and their shares, and the containers that receive nothing. */
export function BackendExplained({ backend }: { readonly backend: BackendExplanation }) {
  const { id, balancing, servers, containers } = backend;
  return (
    <div class="sheet">
      <p class="mono">{id}</p>
      {balancing.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <table class="within">
        <caption>Servers of {id}</caption>
        <thead>
          <tr>
            <th scope="col">Server or container</th>
            <th scope="col">Receives requests?</th>
          </tr>
        </thead>
        <tbody>
          {servers.map(({ id: name, url, weight, receives, sharePercent, why }) => (
            <tr key={`${name} ${url}`}>
              <th scope="row">{name}</th>
              <td>
                {receives ? <Badge tone="good">{sharePercent} %</Badge> : <Badge tone="warning">no</Badge>}{' '}
                {why} <span class="mono">{url}</span> {receives && <span class="dim">weight {weight}</span>}
              </td>
            </tr>
          ))}
          {containers.map(({ name, reason, why }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <Badge tone="warning">no</Badge> {why} <code>{reason}</code>
              </td>
            </tr>
          ))}
          {servers.length + containers.length === 0 && (
            <tr>
              <th scope="row">none</th>
              <td>the service has no containers</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
