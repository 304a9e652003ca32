/** Pure parts of the HDP explorer. */
import { describe, expect, it } from 'vitest';
import { chainName, isChainId } from '../../src/web/hdp/chains.ts';
import { isSearchable, listHref, listPath, readListState, wholeUuid } from '../../src/web/hdp/list-state.ts';
import { bodyOf, curlOf, EMPTY_FIELDS, newIdempotencyKey, problemsOf } from '../../src/web/hdp/new-task.ts';

describe('the name of a chain', () => {
  it.each([
    ['0x1', 'Ethereum'],
    ['1', 'Ethereum'],
    ['0xaa36a7', 'Ethereum Sepolia'],
    ['0xAA36A7', 'Ethereum Sepolia'],
    ['11155111', 'Ethereum Sepolia'],
    ['0xaa37dc', 'OP Sepolia'],
    ['0x534e5f4d41494e', 'Starknet'],
    ['0x534e5f5345504f4c4941', 'Starknet Sepolia'],
    ['393402133025997798000961', 'Starknet Sepolia'],
  ])('of %s is %s', (id, name) => expect(chainName(id)).toBe(name));

  it.each(['', '0x', '1.0', ' 1', 'Ethereum', '-1', '9007199254740993', '<b>'])(
    'of “%s” is not known',
    (id) => expect(chainName(id)).toBeUndefined(),
  );

  it('does not lose digits: a neighbour of a known id is another chain', () => {
    expect(chainName('393402133025997798000962')).toBeUndefined();
    expect(isChainId(`0x${'f'.repeat(64)}`)).toBe(true);
    expect(isChainId(`0x${'f'.repeat(65)}`)).toBe(false);
  });
});

describe('2: the state of the list in its address', () => {
  const read = (query: string) => readListState(new URLSearchParams(query));

  it('is read as it was written', () => {
    const state = { search: '100% a+b & ü', page: 7, size: 50 };
    expect(read(listHref(state).slice(2))).toEqual(state);
  });

  it('falls back for each value that is not acceptable, and keeps the others', () => {
    const fallback = { search: '', page: 1, size: 20 };
    expect(read('page=0&size=101&search=abc')).toEqual({ ...fallback, search: 'abc' });
    expect(read('page=1e3&size=x')).toEqual(fallback);
    expect(read(`search=${'a'.repeat(201)}&page=2`)).toEqual({ ...fallback, page: 2 });
  });

  it('is read from the names of the API too, which the names of the page replace', () => {
    expect(read('hdp_tasks_page=3&hdp_tasks_per_page=5&hdp_tasks_search=a')).toEqual({
      ...{ search: 'a', page: 3, size: 5 },
    });
    expect(read('hdp_tasks_page=3&page=2').page).toBe(2);
  });

  it('leaves defaults out', () => expect(listHref({ search: '', page: 1, size: 20 })).toBe('/'));

  it('11: drops surrounding white space and zero-width characters, and nothing else', () =>
    expect(read(`search=${encodeURIComponent('\u200b 0xAB  cd\t\n')}`).search).toBe('0xAB  cd'));

  it('is a request of the API', () =>
    expect(listPath({ search: 'a b', page: 2, size: 10 })).toBe(
      '/tasks?hdp_tasks_page=2&hdp_tasks_per_page=10&hdp_tasks_search=a+b',
    ));

  it('counts characters, not code units, up to 200', () => {
    expect(isSearchable('😀'.repeat(200))).toBe(true);
    expect(isSearchable('😀'.repeat(201))).toBe(false);
  });

  it('11: knows a whole uuid in any case', () => {
    expect(wholeUuid('01hkpmfw66mgezw8aq58qkx7yp')).toBe('01HKPMFW66MGEZW8AQ58QKX7YP');
    expect(wholeUuid('01HKPMFW66MGEZW8AQ58QKX7Y')).toBeUndefined();
    expect(wholeUuid('81HKPMFW66MGEZW8AQ58QKX7YP')).toBeUndefined();
  });
});

describe('the body of a new task', () => {
  it('has the fields that are filled, and JSON exactly as it was typed', () => {
    const fields = {
      ...EMPTY_FIELDS,
      input: '{"n": 10000000000000000001, "a": 1.0}',
      programName: ' a "b" ',
    };
    expect(bodyOf(fields)).toBe(
      '{\n  "destination_chain_id": "0xaa36a7",\n  "input": {"n": 10000000000000000001, "a": 1.0},\n  "program_name": "a \\"b\\""\n}',
    );
  });

  it('has no problem at first, and names each problem', () => {
    expect(problemsOf(EMPTY_FIELDS)).toEqual({});
    const wrong = {
      chain: 'Sepolia',
      input: '[]',
      taskInputs: '{',
      webhookUrl: 'ftp://a',
      scheduleMode: 'x',
    };
    expect(Object.keys(problemsOf({ ...EMPTY_FIELDS, ...wrong })).sort()).toEqual(Object.keys(wrong).sort());
  });

  it('is quoted for the shell, and the key is a placeholder', () => {
    expect(curlOf('http://hdp.localhost', `{"a":"it's $HOME"}`, 'k1')).toBe(
      [
        `curl 'http://hdp.localhost/tasks' \\`,
        `  -H 'X-API-KEY: YOUR_API_KEY' \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -H 'Idempotency-Key: k1' \\`,
        `  --data-raw '{"a":"it'\\''s $HOME"}'`,
      ].join('\n'),
    );
  });

  it('is sent with a random key', () => {
    expect(newIdempotencyKey()).toMatch(/^[0-9a-f]{32}$/);
    expect(newIdempotencyKey()).not.toBe(newIdempotencyKey());
  });
});
