import { AdHocVariableFilter, ScopedVars, TypedVariableModel } from '@grafana/data';
import { TemplateSrv } from '@grafana/runtime';

import { ALL, Filter, FirebreakQuery } from './types';

type Variables = Pick<TemplateSrv, 'replace' | 'containsTemplate' | 'getVariables'>;

/** Puts the values of variables and the dashboard's ad-hoc filters into a query. */
export function interpolate(query: FirebreakQuery, vars: Variables, scoped: ScopedVars, adHoc: AdHocVariableFilter[] = []): FirebreakQuery {
  const one = (text?: string) => (text ? vars.replace(text, scoped) : text);
  return {
    ...query,
    metric: one(query.metric),
    table: one(query.table),
    dimension: one(query.dimension),
    annotation: one(query.annotation),
    asOf: one(query.asOf),
    step: one(query.step),
    groupBy: query.groupBy?.flatMap((d) => expand(d, vars, scoped)),
    filters: [...(query.filters ?? []).map((f) => ({ ...f, values: f.values.flatMap((v) => expand(v, vars, scoped)) })), ...adHoc.map(fromAdHoc)],
    sql: query.sql ? inSql(query.sql, vars, scoped) : query.sql,
  };
}

/** Is the text a variable and nothing else? */
const ALONE = /^(?:\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)(?::\w+)?\]\])$/;

/** The values that a text stands for: several for a variable of which several are selected. */
export function expand(text: string, vars: Variables, scoped: ScopedVars): string[] {
  if (text === ALL || !vars.containsTemplate(text)) {
    return [text];
  }
  const name = text.match(ALONE)?.slice(1).find(Boolean);
  if (!name) {
    return [vars.replace(text, scoped)];
  }
  if (!scoped[name] && isAll(vars.getVariables().find((v) => v.name === name))) {
    return [ALL];
  }
  let values: string[] = [];
  const replaced = vars.replace(text, scoped, (value: string | string[]) => {
    values = Array.isArray(value) ? value : [value];
    return values.join(',');
  });
  return values.length > 0 ? values : [replaced];
}

function isAll(variable?: TypedVariableModel): boolean {
  if (!variable || !('current' in variable)) {
    return false;
  }
  const { value } = variable.current as { value?: unknown };
  return value === ALL || (Array.isArray(value) && value.includes(ALL));
}

function fromAdHoc(f: AdHocVariableFilter): Filter {
  return { dimension: f.key, operator: f.operator, values: f.values?.length ? f.values : [f.value], optional: true };
}

/** Macros begin with what Grafana takes for variables of its own: $__from, $__interval. */
const MACRO = /\$__(?=[a-zA-Z])/g;
const HIDDEN = '\u0001__';

function inSql(sql: string, vars: Variables, scoped: ScopedVars): string {
  return vars.replace(sql.replace(MACRO, HIDDEN), scoped, quote).replaceAll(HIDDEN, '$__');
}

/** Of a variable of which several may be selected, a list of texts; of others the value, of which quotes end nothing. */
export function quote(value: string | string[], variable?: { multi?: boolean; includeAll?: boolean }): string {
  const escape = (v: string) => String(v).replace(/\\/g, '\\\\').replace(/'/g, "\\'");
  if (Array.isArray(value)) {
    return value.map((v) => `'${escape(v)}'`).join(', ');
  }
  return variable?.multi || variable?.includeAll ? `'${escape(value)}'` : escape(value);
}
