import { PROGRAM } from '../../control/program.ts';
import { html, Html } from '../html.ts';
import { isoTime } from '../overview.ts';
import { ICON_HREF, LOGO, STYLE } from '../style.ts';

/** Exactly this text is what the Content-Security-Policy has the hash of. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);

/** A whole document, without scripts: what every page of ours has around its content. */
export function renderDocument(title: string, content: Html, now: number): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · active-lb</title>
        <link rel="icon" href="${ICON_HREF}" />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <a class="brand" href="/"
            >${new Html(LOGO)}
            <h1>active-lb</h1></a
          >
          <span class="dim">${PROGRAM.version}</span>
        </header>
        <main>${content}</main>
        <footer>
          <p>As of <time datetime="${isoTime(now)}">${isoTime(now)}</time>; reload for the present.</p>
          <p>
            JSON: <a href="/api/overview">overview</a>, <a href="/api/routes">routes</a>,
            <a href="/api/services">services</a>, <a href="/api/version">version</a>,
            <a href="/ready">ready</a>
          </p>
        </footer>
      </body>
    </html> `;
  return page.text.trimStart();
}
