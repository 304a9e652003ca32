/** Named prepared statements with named parameters. The driver prepares each once per connection. */
import { type Column, getTableColumns, type Table } from 'drizzle-orm';
import { encodeText } from './text-encoding.ts';

/** A value of a parameter. An array becomes an array of PostgreSQL. */
type Parameter = string | number | boolean | Buffer | null | undefined | readonly Parameter[];

/** The row type of a statement exists only at compile time. */
declare const rowType: unique symbol;

export interface Statement<Values extends object, Row> {
  /** Unique, because a connection prepares one statement per name. */
  readonly name: string;
  /** Uses `$1`, `$2`, …. */
  readonly text: string;
  /** The names of the values, in the order of their parameters. */
  readonly parameters: readonly (keyof Values & string)[];
  readonly [rowType]?: Row;
}

const PARAMETER = /(?<![:\w]):([a-zA-Z]\w*)/g;

/**
 * Defines a statement.
 * @param text SQL with parameters such as `:id`
 */
export function statement<Values extends object, Row = never>(
  name: string,
  text: string,
): Statement<Values, Row> {
  const parameters: string[] = [];
  const numbered = text.replace(PARAMETER, (_, parameter: string) => {
    const known = parameters.indexOf(parameter);
    return `$${known === -1 ? parameters.push(parameter) : known + 1}`;
  });
  // The cast is safe: `valuesOf` sends null for a parameter that the values do not have.
  return { name, text: numbered, parameters: parameters as (keyof Values & string)[] };
}

/** Returns the values of the parameters, in their order; null for a missing value. */
export function valuesOf<Values extends object>(
  { parameters }: Statement<Values, unknown>,
  values: Values,
): Parameter[] {
  // The cast is safe: the driver rejects values of other types.
  return parameters.map((name) => encode(values[name] as Parameter));
}

function encode(value: Parameter): Parameter {
  if (typeof value === 'string') return encodeText(value);
  if (Array.isArray(value)) return value.map(encode);
  return value ?? null;
}

/** Returns the columns of a table for a SELECT, under the names of their properties. */
export function columnsOf(table: Table, qualifier = ''): string {
  return Object.entries(getTableColumns(table))
    .map(([property, { name }]) => `${qualifier === '' ? '' : `${qualifier}.`}"${name}" AS "${property}"`)
    .join(', ');
}

/** The columns of a table that a statement writes, and their parameters, which have the names of the properties. */
export interface WrittenColumns {
  /** For INSERT: `"id", "chain"`. */
  names: string;
  /** For VALUES: `:id, :chain`. */
  values: string;
  /** For UPDATE … SET: `"id" = :id, "chain" = :chain`. */
  assignments: string;
  /** For INSERT … SELECT * FROM: `unnest(:id::bigint[], :chain::bigint[])`. */
  unnested: string;
  /** The names of the properties. */
  properties: readonly string[];
}

/** Returns all columns of a table except `without`, by the names of their properties. */
export function writtenColumns(table: Table, without: readonly string[] = []): WrittenColumns {
  const columns = Object.entries(getTableColumns(table)).filter(([property]) => !without.includes(property));
  return {
    names: columns.map(([, { name }]) => `"${name}"`).join(', '),
    values: columns.map(([property]) => `:${property}`).join(', '),
    assignments: columns.map(([property, { name }]) => `"${name}" = :${property}`).join(', '),
    unnested: `unnest(${columns.map(([property, column]) => `:${property}::${arrayType(column)}`).join(', ')})`,
    properties: columns.map(([property]) => property),
  };
}

/** Returns the type of an array of a column's values. A collation is no part of a type. */
const arrayType = (column: Column) => `${column.getSQLType().split(' ')[0]}[]`;

/** The values of many rows: an array for each column. */
export type ColumnArrays = Record<string, readonly unknown[]>;

/** Returns an array of the values of each property. A missing value is null. */
export function columnArrays<Row extends object>(
  properties: readonly string[],
  rows: readonly Row[],
): ColumnArrays {
  const values = rows.map((row) => new Map<string, unknown>(Object.entries(row)));
  return Object.fromEntries(properties.map((name) => [name, values.map((row) => row.get(name))]));
}
