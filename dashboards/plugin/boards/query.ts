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

/** A metric; the dashboard adds the filters by its variables. */
export function ofMetric(name: string, more: Partial<FirebreakQuery> = {}): Query {
  const m = metric(name);
  check(name, m.dimensions, more.groupBy ?? []);
  const numbers = m.numbers.map((n) => n.name);
  check(name, numbers, more.show ?? []);
  check(name, m.dimensions, (more.filters ?? []).map((f) => f.dimension));
  return new Query({ kind: 'metric', metric: name, ...more });
}

/** A table; the dashboard adds the filters by its variables. */
export function ofTable(name: string, more: Partial<FirebreakQuery> = {}): Query {
  const t = known.tables.find((candidate) => candidate.name === name);
  if (!t) {
    throw new Error(`there is no table ${name}`);
  }
  check(name, t.filters, (more.filters ?? []).map((f) => f.dimension));
  return new Query({ kind: 'table', table: name, ...more });
}

export function ofSql(sql: string, format: 'table' | 'series'): Query {
  return new Query({ kind: 'sql', sql, format });
}

/** One recurring trouble, the one that is selected. */
export const SELECTED: Filter = { dimension: 'cluster_id', operator: '=', values: ['$cluster'] };

/** The filters by variables; the backend passes over those that do not apply, with a notice. */
export function byVariables(names: string[]): Filter[] {
  return names.map((name) => ({ dimension: FILTERS[name], operator: '=', values: [`$${name}`], optional: true }));
}

function check(name: string, has: string[], wanted: string[]) {
  for (const w of wanted) {
    if (!has.includes(w)) {
      throw new Error(`${name} has no ${w}`);
    }
  }
}
