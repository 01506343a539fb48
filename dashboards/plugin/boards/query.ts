import { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';

import catalogue from '../catalogue.json';
import type { Catalogue, Filter, FirebreakQuery, Metric } from '../src/types';

export const TYPE = 'vividium-firebreak-datasource';

/** The datasource that is chosen at the top of every dashboard. */
export const DATASOURCE = { type: TYPE, uid: '${datasource}' };

const known = catalogue as Catalogue;

/** The variables that all dashboards share, and the dimensions that they filter. */
export const FILTERS: Record<string, string> = {
  team: 'team',
  service: 'service',
  severity: 'severity',
  automation: 'automation_id',
  stage: 'stage',
};

/** A metric of the catalogue; an unknown one is an error here, not in Grafana. */
export function metric(name: string): Metric {
  const m = known.metrics.find((candidate) => candidate.name === name);
  if (!m) {
    throw new Error(`there is no metric ${name}`);
  }
  return m;
}

/** A query of our datasource. */
export class Query implements Builder<Dataquery> {
  constructor(private readonly q: Omit<FirebreakQuery, 'refId'> & { refId?: string }) {}

  refId(refId: string): Query {
    return new Query({ ...this.q, refId });
  }

  build(): Dataquery {
    return { ...this.q, refId: this.q.refId ?? 'A', datasource: DATASOURCE } as unknown as Dataquery;
  }
}

/** A metric, filtered by those of the dashboard's variables that apply to it. */
export function ofMetric(name: string, more: Partial<FirebreakQuery> = {}): Query {
  const m = metric(name);
  check(name, m.dimensions, more.groupBy ?? []);
  const numbers = m.numbers.map((n) => n.name);
  check(name, numbers, more.show ?? []);
  return new Query({ kind: 'metric', metric: name, ...more, filters: [...filters(m.dimensions), ...(more.filters ?? [])] });
}

/** A table, filtered by those of the dashboard's variables that apply to it. */
export function ofTable(name: string, more: Partial<FirebreakQuery> = {}): Query {
  const t = known.tables.find((candidate) => candidate.name === name);
  if (!t) {
    throw new Error(`there is no table ${name}`);
  }
  return new Query({ kind: 'table', table: name, ...more, filters: [...filters(t.filters), ...(more.filters ?? [])] });
}

export function ofSql(sql: string, format: 'table' | 'series'): Query {
  return new Query({ kind: 'sql', sql, format });
}

/** One recurring trouble, the one that is selected. */
export const SELECTED: Filter = { dimension: 'cluster_id', operator: '=', values: ['$cluster'] };

function filters(dimensions: string[]): Filter[] {
  return Object.entries(FILTERS)
    .filter(([, dimension]) => dimensions.includes(dimension))
    .map(([name, dimension]) => ({ dimension, operator: '=', values: [`$${name}`] }));
}

function check(name: string, has: string[], wanted: string[]) {
  for (const w of wanted) {
    if (!has.includes(w)) {
      throw new Error(`${name} has no ${w}`);
    }
  }
}
