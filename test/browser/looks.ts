import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { TEXT_BELOW_CONTRAST } from './contrast.ts';
import { DESKTOP, PHONE } from './visit.ts';

const SCREENSHOTS = 'test-results/screenshots';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Looks at a page at a desk and on a phone, by day and by night: a picture of each, and that all can see and use it. */
export async function lookAt(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const look = `${name}-${size}-${colorScheme}`;
      await page.screenshot({ path: `${SCREENSHOTS}/${look}.png`, fullPage: true });
      assert.ok((await overflowOf(page)) <= 0, `${look} scrolls sideways`);
      assert.deepEqual(await page.evaluate(TEXT_BELOW_CONTRAST), [], look);
      // By night a phone shows what a desk does in the colours that it does.
      if (look !== `${name}-phone-dark`) assert.deepEqual(await violationsOf(page), [], look);
    }
  }
}

/** By how many pixels the page is wider than its window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** What axe has against it, element by element. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(`globalThis.axe === undefined && (() => { ${AXE} })()`);
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>(
    'axe.run({ resultTypes: ["violations"] })',
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
  );
}
