import {
  AdHocVariableFilter,
  CoreApp,
  DataSourceGetTagKeysOptions,
  DataSourceGetTagValuesOptions,
  DataSourceInstanceSettings,
  MetricFindValue,
  ScopedVars,
  TimeRange,
} from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv, TemplateSrv } from '@grafana/runtime';

import { AnnotationEditor } from './editors/AnnotationEditor';
import { interpolate } from './interpolate';
import { Catalogue, DescribedTable, FirebreakOptions, FirebreakQuery, Value } from './types';
import { Variables } from './variables';

/** Everything is computed in the backend; here are only the editors' questions to it. */
export class FirebreakDataSource extends DataSourceWithBackend<FirebreakQuery, FirebreakOptions> {
  private known?: Promise<Catalogue>;

  constructor(settings: DataSourceInstanceSettings<FirebreakOptions>, private readonly vars: TemplateSrv = getTemplateSrv()) {
    super(settings);
    this.variables = new Variables(this);
    this.annotations = {
      QueryEditor: AnnotationEditor,
      getDefaultQuery: () => ({ kind: 'annotation', annotation: 'stages' }),
    };
  }

  override getDefaultQuery(app: CoreApp): Partial<FirebreakQuery> {
    if (app === CoreApp.UnifiedAlerting || app === CoreApp.CloudAlerting) {
      return { kind: 'metric', metric: 'induced_incident_rate', format: 'numbers', show: ['low'] };
    }
    return { kind: 'metric', metric: 'incident_count', step: 'auto' };
  }

  /** A query that is not finished yet is not sent. */
  override filterQuery(q: FirebreakQuery): boolean {
    const needed = { metric: q.metric, table: q.table, sql: q.sql?.trim(), annotation: q.annotation, values: q.dimension };
    return !q.hide && Boolean(needed[q.kind ?? 'metric']);
  }

  override applyTemplateVariables(q: FirebreakQuery, scoped: ScopedVars, filters?: AdHocVariableFilter[]): FirebreakQuery {
    const isFiltered = ['metric', 'table', 'annotation'].includes(q.kind);
    return interpolate(q, this.vars, scoped, isFiltered ? filters : []);
  }

  override interpolateVariablesInQueries(queries: FirebreakQuery[], scoped: ScopedVars, filters?: AdHocVariableFilter[]): FirebreakQuery[] {
    return queries.map((q) => ({ ...this.applyTemplateVariables(q, scoped, filters), datasource: this.getRef() }));
  }

  /** What can be asked; told once, and asked again after a failure. */
  catalogue(): Promise<Catalogue> {
    this.known ??= this.getResource<Catalogue>('catalogue').catch((err) => {
      this.known = undefined;
      throw err;
    });
    return this.known;
  }

  /** The values of a dimension, the most frequent first. */
  values(dimension: string): Promise<Value[]> {
    return this.getResource('values', { dimension });
  }

  schema(): Promise<DescribedTable[]> {
    return this.getResource('schema');
  }

  /** The SQL that the backend would run. */
  async preview(query: FirebreakQuery, range: TimeRange): Promise<string> {
    const answer = await this.postResource<{ sql: string }>('preview', {
      query: this.applyTemplateVariables(query, {}),
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      intervalMs: 60_000,
    });
    return answer.sql;
  }

  override async getTagKeys(_?: DataSourceGetTagKeysOptions<FirebreakQuery>): Promise<MetricFindValue[]> {
    const { dimensions } = await this.catalogue();
    return dimensions.map((text) => ({ text, value: text }));
  }

  override async getTagValues(options: DataSourceGetTagValuesOptions<FirebreakQuery>): Promise<MetricFindValue[]> {
    return this.values(options.key);
  }
}
