import { createHash } from 'node:crypto';
import type { Status } from '../../control/status.ts';
import type { Answer } from '../answers.ts';
import { html, Html } from '../html.ts';
import { contentPolicy } from '../securityFields.ts';
import { dashboardAssets, type Assets } from './assets.ts';
import { renderPlain } from './plain.ts';

/** The logo for the browser's tab, as a `data:` URL: without one, browsers ask for `/favicon.ico`. */
const ICON_HREF = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#2b86d9" stroke-width="2.4" stroke-linecap="round"><path d="M3 16h7M14 16h8M13 13c2-5 5-6 9-6M13 19c2 5 5 6 9 6" opacity=".85"/><circle cx="11" cy="16" r="3" fill="#2b86d9"/><circle cx="26" cy="7" r="2.6"/><circle cx="26" cy="16" r="2.6"/><circle cx="26" cy="25" r="2.6"/></svg>',
)}`;

/** The dashboard: one document with its script and style in it, and, for those who run no script, what is routed. */
export async function documentAnswer(status: Status, code: 200 | 404): Promise<Answer> {
  const assets = await dashboardAssets();
  return {
    status: code,
    contentType: 'text/html; charset=utf-8',
    body: renderDocument(assets, status),
    fields: { 'Content-Security-Policy': policyOf(assets) },
  };
}

function renderDocument({ script, style }: Assets, status: Status): string {
  // Exactly these texts are what the Content-Security-Policy has the hashes of.
  const styleElement = new Html(`<style>${style}</style>`);
  const scriptElement = new Html(`<script>${script}</script>`);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>active-lb</title>
        <link rel="icon" href="${ICON_HREF}" />
        ${styleElement}
      </head>
      <body>
        <div id="app"><noscript>${renderPlain(status)}</noscript></div>
        ${scriptElement}
      </body>
    </html> `;
  return page.text.trimStart();
}

let policy: { readonly assets: Assets; readonly text: string } | null = null;

function policyOf(assets: Assets): string {
  if (policy?.assets !== assets)
    policy = { assets, text: contentPolicy([hashOf(assets.style)], [hashOf(assets.script)]) };
  return policy.text;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
