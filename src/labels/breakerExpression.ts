import type { BreakerCondition, BreakerMetric } from '../model/table.ts';
import { METRICS, type ParsedMetric } from './breakerMetrics.ts';
import { tokenize, type Token } from './breakerTokens.ts';
import { nearest } from '../model/nearest.ts';
import { shown } from './shown.ts';

/** The tree of an expression, or what is wrong with it, where, and what would be right. */
export type ParsedBreaker = { readonly condition: BreakerCondition } | { readonly problem: string };

const MAX_LENGTH = 500;
const MAX_DEPTH = 20;

/**
 * Parses what vulcand/oxy, and so Traefik 1.7, takes for a circuit breaker's condition: comparisons of a metric with a number, joined by
 * `&&`, `||`, `!` and parentheses, which bind as in Go. The number may stand on either side.
 */
export function parseBreakerExpression(expression: string): ParsedBreaker {
  if (expression.length > MAX_LENGTH)
    return { problem: `it is longer than an expression may be (${MAX_LENGTH} characters)` };
  try {
    return { condition: new Parser(tokenize(expression)).parse() };
  } catch (error) {
    if (error instanceof Mistake) return { problem: error.message };
    throw error;
  }
}

/** Leaves the parser from any depth. */
class Mistake extends Error {
  constructor({ at }: { readonly at: number }, problem: string) {
    super(`at character ${at}, ${problem}`);
  }
}

/** What stands between operators. */
type Operand =
  | { readonly condition: BreakerCondition; readonly at: number }
  | { readonly metric: BreakerMetric; readonly at: number }
  | { readonly number: number; readonly at: number };

type Operator = Extract<BreakerCondition, { kind: 'compare' }>['operator'];

/** Each comparison, and what it is with its sides exchanged. */
const OPERATORS: ReadonlyMap<string, readonly [Operator, Operator]> = new Map([
  ['<', ['<', '>']],
  ['<=', ['<=', '>=']],
  ['>', ['>', '<']],
  ['>=', ['>=', '<=']],
  ['==', ['==', '==']],
  ['!=', ['!=', '!=']],
]);

const COMPARISON = 'a comparison such as NetworkErrorRatio() > 0.5';

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): BreakerCondition {
    const condition = this.#either();
    const rest = this.#peek();
    if (rest.kind === 'end') return condition;
    throw new Mistake(rest, `${words(rest)} follows what is complete; join comparisons by && or ||`);
  }

  #either(): BreakerCondition {
    let left = this.#all();
    while (this.#takes('||')) left = { kind: 'or', left, right: this.#all() };
    return left;
  }

  #all(): BreakerCondition {
    let left = this.#comparison();
    while (this.#takes('&&')) left = { kind: 'and', left, right: this.#comparison() };
    return left;
  }

  #comparison(): BreakerCondition {
    const left = this.#operand();
    const sign = this.#peek();
    const operators = OPERATORS.get(sign.text);
    if (operators === undefined) {
      if ('condition' in left) return left.condition;
      throw new Mistake(sign, `${words(sign)} stands where one of < <= > >= == != is expected`);
    }
    this.#next++;
    const right = this.#operand();
    const [operator, exchanged] = operators;
    if ('metric' in left && 'number' in right)
      return { kind: 'compare', metric: left.metric, operator, value: right.number };
    if ('number' in left && 'metric' in right)
      return { kind: 'compare', metric: right.metric, operator: exchanged, value: left.number };
    throw new Mistake(left, `a metric must be compared with a number, as in NetworkErrorRatio() > 0.5`);
  }

  #operand(): Operand {
    const token = this.#peek();
    this.#next++;
    if (token.kind === 'number') return { number: Number(token.text), at: token.at };
    if (token.kind === 'name') return { metric: this.#metric(token), at: token.at };
    if (token.text !== '!' && token.text !== '(')
      throw new Mistake(token, `${words(token)} stands where ${COMPARISON} is expected`);
    if (++this.#depth > MAX_DEPTH) throw new Mistake(token, `more than ${MAX_DEPTH} are nested`);
    const condition = token.text === '!' ? this.#negated(token) : this.#parenthesised();
    this.#depth--;
    return { condition, at: token.at };
  }

  #negated(not: Token): BreakerCondition {
    const operand = this.#operand();
    if ('condition' in operand) return { kind: 'not', of: operand.condition };
    throw new Mistake(
      not,
      '"!" stands before no condition; put one in parentheses: !(NetworkErrorRatio() > 0.5)',
    );
  }

  #parenthesised(): BreakerCondition {
    const condition = this.#either();
    this.#expect(')');
    return condition;
  }

  #metric(name: Token): BreakerMetric {
    const metric = METRICS.find((each) => each.name === name.text);
    if (metric === undefined) {
      const known =
        nearest(
          name.text.toLowerCase(),
          METRICS.map((each) => each.name),
        ) ?? '';
      const usage = METRICS.find((each) => each.name === known)?.usage;
      throw new Mistake(name, `${shown(name.text)} is no metric; the nearest one is ${usage}`);
    }
    const parsed: ParsedMetric = metric.parse(this.#args(metric.usage));
    if ('metric' in parsed) return parsed.metric;
    throw new Mistake(name, `${name.text} ${parsed.problem}; it is written as ${metric.usage}`);
  }

  /** Numbers between parentheses, separated by commas. */
  #args(usage: string): readonly number[] {
    this.#expect('(', usage);
    const args: number[] = [];
    if (this.#takes(')')) return args;
    do {
      const token = this.#peek();
      if (token.kind !== 'number')
        throw new Mistake(token, `${words(token)} stands where a number is expected, as in ${usage}`);
      args.push(Number(token.text));
      this.#next++;
    } while (this.#takes(','));
    this.#expect(')', usage);
    return args;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: 1 };
  }

  #takes(sign: string): boolean {
    const isIt = this.#peek().text === sign;
    if (isIt) this.#next++;
    return isIt;
  }

  #expect(sign: string, usage?: string): void {
    const token = this.#peek();
    const example = usage === undefined ? '' : `, as in ${usage}`;
    if (!this.#takes(sign))
      throw new Mistake(token, `${words(token)} stands where "${sign}" is expected${example}`);
  }
}

function words({ kind, text }: Token): string {
  return kind === 'end' ? 'the end' : shown(text);
}
