/** Letters, digits, hyphens and, as many do, underscores (RFC 1123 section 2.1). */
const LABEL = /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/i;

/** What resolvers read as a part of an address, e.g. of `127.1` or `0x7f.1` (WHATWG URL, "ends in a number"). */
const NUMBER = /^(?:\d+|0x[\da-f]*)$/i;

/** Whether a text can be asked for as a host name; nothing else may reach the resolver. */
export function isHostName(text: string): boolean {
  const labels = text.split('.');
  return (
    text.length <= 253 && labels.every((label) => LABEL.test(label)) && !NUMBER.test(labels.at(-1) ?? '')
  );
}
