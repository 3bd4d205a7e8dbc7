/** A piece of a circuit breaker's expression. */
export interface Token {
  readonly kind: 'name' | 'number' | 'sign' | 'end' | 'odd';
  readonly text: string;
  /** Where it begins, counted from 1, as people count. */
  readonly at: number;
}

const TOKEN =
  /\s*(?:(?<name>[A-Za-z_]\w*)|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<sign>&&|\|\||[<>=!]=|[<>!(),])|(?<odd>\S))/uy;

/** Parts an expression into its tokens, the last of which is the end. */
export function tokenize(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (;;) {
    const groups = TOKEN.exec(expression)?.groups;
    if (groups === undefined) break;
    const [kind, text] = Object.entries(groups).find(([, found]) => found !== undefined) ?? ['odd', ''];
    tokens.push({ kind: kind as Token['kind'], text, at: TOKEN.lastIndex - text.length + 1 });
  }
  return [...tokens, { kind: 'end', text: '', at: expression.length + 1 }];
}
