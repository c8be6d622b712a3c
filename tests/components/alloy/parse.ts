/** A reader of Alloy's language, as far as this program writes it: what a text means, whatever it looks like. */
import assert from "node:assert/strict";

/** What an expression stands for. */
export type ParsedValue =
  | string
  | number
  | boolean
  | { readonly ref: string }
  | { readonly map: Readonly<Record<string, ParsedValue>> }
  | readonly ParsedValue[];

export interface ParsedBlock {
  /** Such as `beyla.ebpf` or `client`. */
  readonly name: string;
  readonly label?: string;
  readonly attributes: Readonly<Record<string, ParsedValue>>;
  readonly blocks: readonly ParsedBlock[];
}

/** Words, strings of both kinds, and the signs between them; what is between two of them is space or a comment. */
const TOKEN =
  /\s*(?:\/\/[^\n]*\n\s*)*(?:(?<word>[A-Za-z_][\w.]*)|(?<number>-?\d[\d.]*)|(?<quoted>"(?:[^"\\\n]|\\.)*")|(?<raw>`[^`]*`)|(?<sign>[=[\]{},])|(?<end>$))/y;

/**
 * Reads a configuration.
 * @throws AssertionError where it is none.
 */
export function parseAlloy(text: string): ParsedBlock[] {
  const reader = new Reader(text);
  const { attributes, blocks } = reader.body("end");
  assert.deepEqual(attributes, {}, "attributes outside of a block");
  return blocks;
}

interface Token {
  readonly kind: "word" | "number" | "string" | "sign" | "end";
  readonly text: string;
}

class Reader {
  private readonly tokens: Token[] = [];
  private position = 0;

  constructor(text: string) {
    for (let at = 0; this.tokens.at(-1)?.kind !== "end";) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(text);
      if (!match) assert.fail(`no Alloy from here on: ${text.slice(at, at + 80)}`);
      at = TOKEN.lastIndex;
      this.tokens.push(tokenOf(match.groups ?? {}));
    }
  }

  /** Attributes and blocks until a closing brace, or the end. */
  body(until: "}" | "end"): { attributes: Record<string, ParsedValue>; blocks: ParsedBlock[] } {
    const attributes: Record<string, ParsedValue> = {};
    const blocks: ParsedBlock[] = [];
    for (;;) {
      const { kind, text: name } = this.next();
      if (kind === "end" ? until === "end" : kind === "sign" && name === until) return { attributes, blocks };
      assert.equal(kind, "word", `a name is expected instead of ${name}`);
      if (this.takes("=")) {
        assert.ok(!(name in attributes), `${name} is given twice`);
        attributes[name] = this.value();
        continue;
      }
      const label = this.peek().kind === "string" ? { label: this.next().text } : {};
      this.expect("{");
      blocks.push({ name, ...label, ...this.body("}") });
    }
  }

  private value(): ParsedValue {
    const { kind, text } = this.next();
    if (kind === "string") return text;
    if (kind === "number") return Number(text);
    if (kind === "word") return text === "true" || text === "false" ? text === "true" : { ref: text };
    if (kind === "sign" && text === "[") return this.list();
    assert.deepEqual([kind, text], ["sign", "{"], "a value is expected");
    return this.map();
  }

  private list(): ParsedValue[] {
    const items: ParsedValue[] = [];
    while (!this.takes("]")) {
      items.push(this.value());
      if (!this.takes(",")) {
        this.expect("]");
        break;
      }
    }
    return items;
  }

  private map(): ParsedValue {
    const entries: [string, ParsedValue][] = [];
    while (!this.takes("}")) {
      const { text: key } = this.next();
      this.expect("=");
      entries.push([key, this.value()]);
      if (!this.takes(",")) {
        this.expect("}");
        break;
      }
    }
    return { map: Object.fromEntries(entries) };
  }

  private peek(): Token {
    const token = this.tokens[this.position];
    assert.ok(token, "the text ends too early");
    return token;
  }

  private next(): Token {
    const token = this.peek();
    this.position++;
    return token;
  }

  private takes(sign: string): boolean {
    const { kind, text } = this.peek();
    if (kind !== "sign" || text !== sign) return false;
    this.position++;
    return true;
  }

  private expect(sign: string): void {
    assert.ok(this.takes(sign), `${sign} is expected instead of ${this.peek().text}`);
  }
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token {
  const { word, number, quoted, raw, sign } = groups;
  if (word !== undefined) return { kind: "word", text: word };
  if (number !== undefined) return { kind: "number", text: number };
  if (quoted !== undefined) return { kind: "string", text: JSON.parse(quoted) as string };
  if (raw !== undefined) return { kind: "string", text: raw.slice(1, -1) };
  return sign !== undefined ? { kind: "sign", text: sign } : { kind: "end", text: "the end" };
}

/** The blocks of a name, such as all instances of a component. */
export function blocksOf(blocks: readonly ParsedBlock[], name: string): ParsedBlock[] {
  return blocks.filter((each) => each.name === name);
}

/** The one block at a path below others, such as `sending_queue`, `batch`. */
export function blockAt(blocks: readonly ParsedBlock[], ...path: readonly string[]): ParsedBlock {
  const [name = "", ...rest] = path;
  const [found, ...more] = blocksOf(blocks, name);
  assert.ok(found && more.length === 0, `not exactly one ${name} among ${blocks.map((each) => each.name).join(", ")}`);
  return rest.length === 0 ? found : blockAt(found.blocks, ...rest);
}
