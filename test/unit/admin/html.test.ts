import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Html, html } from '../../../src/admin/html.ts';

test('a value is escaped, so that it can leave neither an element nor a quoted attribute', () => {
  const attack = `<b title="x" id='y'>&amp;`;
  const escaped = '&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;';
  assert.equal(html`<p title="${attack}">${attack}</p>`.text, `<p title="${escaped}">${escaped}</p>`);
});

test('HTML in HTML is written as it is, so that pages can be put together', () => {
  const items = ['<', '>'].map((text) => html`<b>${text}</b>`);
  assert.equal(html`<p>${items}</p>`.text, '<p><b>&lt;</b><b>&gt;</b></p>');
});

test('only what was made as HTML counts as HTML: an object of the same shape does not', () => {
  const forged: Html = { text: '<script>' };
  assert.throws(() => html`${forged}`);
});

test('numbers are written, 0 too; null and empty lists write nothing', () => {
  assert.equal(html`${0}|${null}|${[]}|${new Html('<hr>')}`.text, '0|||<hr>');
});
