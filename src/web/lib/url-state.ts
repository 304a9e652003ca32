/** Reads and writes the state of a view in the query of its address. */

export interface Field<Value> {
  /** Used if the parameter is absent or not acceptable. It is left out of the address. */
  fallback: Value;
  /** Returns undefined if the text is not acceptable. */
  parse(text: string): Value | undefined;
}

type Fields = Record<string, Field<string> | Field<number>>;

/** The state of a view: a value for each field. */
export type StateOf<Schema extends Fields> = {
  [Name in keyof Schema]: Schema[Name]['fallback'] extends number ? number : string;
};

export interface UrlState<Schema extends Fields> {
  read(query: URLSearchParams): StateOf<Schema>;
  /** Returns the query of a state: empty, or beginning with `?`. */
  write(state: StateOf<Schema>): string;
}

export function createUrlState<Schema extends Fields>(fields: Schema): UrlState<Schema> {
  const names = Object.keys(fields);
  return {
    read(query) {
      const values = names.map((name) => {
        const field = fields[name];
        const text = query.get(name);
        return [name, (text === null ? undefined : field?.parse(text)) ?? field?.fallback];
      });
      // Each field parses to its own type, so the object has the type of the state.
      return Object.fromEntries(values) as StateOf<Schema>;
    },
    write(state) {
      const query = new URLSearchParams();
      for (const name of names)
        if (state[name] !== fields[name]?.fallback) query.set(name, String(state[name]));
      const text = query.toString();
      return text === '' ? '' : `?${text}`;
    },
  };
}

/** A text of limited length. */
export const textField = (maxLength: number): Field<string> => ({
  fallback: '',
  parse: (text) => (text.length <= maxLength ? text : undefined),
});

/** One of several values. */
export const choiceField = (choices: readonly string[], fallback: string): Field<string> => ({
  fallback,
  parse: (text) => (choices.includes(text) ? text : undefined),
});

/** An integer in a range. */
export const integerField = (min: number, max: number, fallback: number): Field<number> => ({
  fallback,
  parse(text) {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  },
});
