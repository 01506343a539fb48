import { ScopedVars } from '@grafana/data';

import { expand, interpolate, quote } from './interpolate';

/** Variables as Grafana's template service has them. */
function variables(values: Record<string, string | string[]>, options: Record<string, { multi?: boolean; all?: boolean }> = {}) {
  const find = /\$(\w+)|\$\{(\w+)(?::\w+)?\}/g;
  return {
    containsTemplate: (text?: string) => Boolean(text && [...text.matchAll(find)].some((m) => (m[1] ?? m[2]) in values)),
    replace: (text?: string, scoped?: ScopedVars, format?: string | Function) =>
      (text ?? '').replace(find, (whole, a, b) => {
        const name = a ?? b;
        const value = scoped?.[name]?.value ?? values[name];
        if (value === undefined) {
          return whole;
        }
        return typeof format === 'function' ? format(value, { name, multi: options[name]?.multi }) : String(value);
      }),
    getVariables: () =>
      Object.entries(values).map(([name, value]) => ({ name, current: { value: options[name]?.all ? ['$__all'] : value } })) as never,
  };
}

describe('expand', () => {
  const vars = variables({ team: ['payments', 'search, too'], one: 'web', every: ['a', 'b'] }, { every: { all: true } });

  it.each([
    ['a plain value', 'payments', ['payments']],
    ['several selected', '$team', ['payments', 'search, too']],
    ['in braces', '${team}', ['payments', 'search, too']],
    ['one selected', '$one', ['web']],
    ['a part of a text', '$one-db', ['web-db']],
    ['all selected', '$every', ['$__all']],
    ['all, written', '$__all', ['$__all']],
    ['a variable that there is not', '$nothing', ['$nothing']],
  ])('%s', (_, text, want) => expect(expand(text, vars, {})).toEqual(want));

  it('takes a scoped value before what is selected', () => {
    expect(expand('$every', vars, { every: { value: 'a' } })).toEqual(['a']);
  });
});

describe('interpolate', () => {
  const vars = variables({ team: ['a', "b'c"], m: 'incident_count', by: ['team', 'service'] }, { team: { multi: true } });

  it('replaces everywhere', () => {
    const q = interpolate(
      { refId: 'A', kind: 'metric', metric: '$m', groupBy: ['$by', 'severity'], filters: [{ dimension: 'team', operator: '!=', values: ['$team', 'x'] }] },
      vars,
      {}
    );
    expect(q).toMatchObject({
      metric: 'incident_count',
      groupBy: ['team', 'service', 'severity'],
      filters: [{ dimension: 'team', operator: '!=', values: ['a', "b'c", 'x'] }],
    });
  });

  it('quotes lists in SQL and leaves macros alone', () => {
    const sql = 'SELECT $__from FROM incidents WHERE $__timeFilter(opened_at) AND team IN ($team)';
    expect(interpolate({ refId: 'A', kind: 'sql', sql }, variables({ team: ['a', "b'c"], __from: '12' }, { team: { multi: true } }), {}).sql).toBe(
      "SELECT $__from FROM incidents WHERE $__timeFilter(opened_at) AND team IN ('a', 'b\\'c')"
    );
  });

  it('adds the filters of the dashboard, which may not apply', () => {
    const q = interpolate({ refId: 'A', kind: 'metric', metric: 'x', filters: [{ dimension: 'team', values: ['$team'], optional: true }] }, vars, {}, [
      { key: 'team', operator: '=', value: 'a' },
      { key: 'stage', operator: '=|', value: 'full', values: ['full', 'canary'] },
    ]);
    expect(q.filters).toEqual([
      { dimension: 'team', values: ['a', "b'c"], optional: true },
      { dimension: 'team', operator: '=', values: ['a'], optional: true },
      { dimension: 'stage', operator: '=|', values: ['full', 'canary'], optional: true },
    ]);
  });
});

describe('quote', () => {
  it.each([
    ['one value', 'web', {}, 'web'],
    ['one that ends a string', "'; DROP", {}, "\\'; DROP"],
    ['one of which several may be', 'web', { multi: true }, "'web'"],
    ['several', ['a', 'b\\'], { multi: true }, "'a', 'b\\\\'"],
  ])('%s', (_, value, variable, want) => expect(quote(value, variable)).toBe(want));
});
