import type { FirebreakQuery } from '../src/types';
import { build } from './board';
import { BOARDS } from './boards';
import { metric, TYPE } from './query';

/** The datasource as provisioning calls it: rules have no variables. */
export const PROVISIONED = 'firebreak';

const DAY = 86_400;

interface Rule {
  uid: string;
  title: string;
  /** What has happened, as people read it in the notification. */
  summary: string;
  /** What to do about it. */
  runbook: string;
  dashboard: string;
  /** Queries by refId, each over a range in seconds before now. */
  queries: Record<string, { q: Partial<FirebreakQuery>; from: number; to?: number }>;
  /** It fires when this is true: a comparison of a query with a number, or an expression of several. */
  when: { query: string; above: number } | { expression: string };
  every: string;
  for: string;
  /** What it is when there is nothing: no data may be good news or bad. */
  noData: 'OK' | 'Alerting' | 'NoData';
  severity: 'page' | 'ticket';
}

/** From when on a metric is bad, as the catalogue says. */
function limit(name: string): number {
  const { limits } = metric(name);
  if (!limits) {
    throw new Error(`${name} has no limits`);
  }
  return limits.bad;
}

const RULES: Rule[] = [
  {
    uid: 'firebreak-induced',
    title: 'Automation causes incidents',
    summary: '{{ $labels.automation_id }} causes more than 1 incident for every 1,000 runs: even the lower end of the 95 % interval, {{ printf "%.2f" $values.A.Value }}, is above it',
    runbook: 'Take the automation back to dry run, look at the incidents that it caused, mend it, and let it earn its stage again.',
    dashboard: 'firebreak-safety',
    queries: { A: { q: { kind: 'metric', metric: 'induced_incident_rate', groupBy: ['automation_id'], format: 'numbers', show: ['low'] }, from: 90 * DAY } },
    when: { query: 'A', above: limit('induced_incident_rate') },
    every: '10m',
    for: '0s',
    noData: 'OK',
    severity: 'page',
  },
  {
    uid: 'firebreak-unneeded',
    title: 'Automation runs when it is not needed',
    summary: '{{ $labels.automation_id }} runs without need too often: even the lower end of the 95 % interval, {{ humanizePercentage $values.A.Value }}, is above 20 %',
    runbook: 'Look at what sets it off: a noisy alert, or a condition that is too wide. Narrow the trigger before it does harm.',
    dashboard: 'firebreak-safety',
    queries: { A: { q: { kind: 'metric', metric: 'false_positive_rate', groupBy: ['automation_id'], format: 'numbers', show: ['low'] }, from: 30 * DAY } },
    when: { query: 'A', above: limit('false_positive_rate') },
    every: '1h',
    for: '0s',
    noData: 'OK',
    severity: 'ticket',
  },
  {
    uid: 'firebreak-success',
    title: 'Automation succeeds less than it did',
    summary: '{{ $labels.automation_id }} succeeded clearly less in the last seven days than in the four weeks before: the intervals do not overlap',
    runbook: 'Compare the failures of this week with those before: a new version, a changed interface, a limit that was reached.',
    dashboard: 'firebreak-performance',
    queries: {
      A: { q: { kind: 'metric', metric: 'automation_success_rate', groupBy: ['automation_id'], format: 'numbers', show: ['high'] }, from: 7 * DAY },
      B: { q: { kind: 'metric', metric: 'automation_success_rate', groupBy: ['automation_id'], format: 'numbers', show: ['low'] }, from: 35 * DAY, to: 7 * DAY },
    },
    when: { expression: '$A < $B' },
    every: '1h',
    for: '0s',
    noData: 'OK',
    severity: 'ticket',
  },
  {
    uid: 'firebreak-emerging',
    title: 'A new trouble keeps coming back',
    summary: '{{ $labels.template }} was first seen within 30 days and has come {{ printf "%.0f" $values.A.Value }} times',
    runbook: 'Look at it in the recurrence explorer: what varies, when it comes, whether an automation is at hand. If it is none of the known troubles, put it on the backlog of its team.',
    dashboard: 'firebreak-recurrence',
    queries: {
      A: {
        q: { kind: 'sql', format: 'table', sql: "SELECT cluster_id, template, toFloat64(incidents_now) AS incidents\nFROM clusters\nWHERE state = 'emerging' AND incidents_now >= 10" },
        from: DAY,
      },
    },
    when: { query: 'A', above: 0 },
    every: '1h',
    for: '0s',
    noData: 'OK',
    severity: 'ticket',
  },
  {
    uid: 'firebreak-stale',
    title: 'Nothing reaches Firebreak',
    summary: 'No event has landed for {{ humanizeDuration $values.A.Value }}: every number is as old as that',
    runbook: 'Is `firebreak ingest` running (`/readyz`)? Does it reach Kafka and ClickHouse? Do the systems still send events?',
    dashboard: 'firebreak-executive',
    queries: {
      A: {
        q: {
          kind: 'sql',
          format: 'table',
          sql: "SELECT toFloat64(dateDiff('second', greatest((SELECT max(landed_at) FROM incident_events), (SELECT max(landed_at) FROM alert_events), (SELECT max(landed_at) FROM execution_events)), now64(3))) AS seconds",
        },
        from: DAY,
      },
    },
    when: { query: 'A', above: 3600 },
    every: '10m',
    for: '10m',
    noData: 'Alerting',
    severity: 'page',
  },
];

/** The rules as Grafana's provisioning reads them. */
export function alerting(): unknown {
  const byInterval = new Map<string, Rule[]>();
  RULES.forEach((r) => byInterval.set(r.every, [...(byInterval.get(r.every) ?? []), r]));
  return {
    apiVersion: 1,
    groups: [...byInterval].map(([interval, rules]) => ({ orgId: 1, name: `Firebreak every ${interval}`, folder: 'Firebreak', interval, rules: rules.map(asProvisioned) })),
  };
}

function asProvisioned(r: Rule) {
  const queries = Object.entries(r.queries).map(([refId, { q, from, to }]) => ({
    refId,
    relativeTimeRange: { from, to: to ?? 0 },
    datasourceUid: PROVISIONED,
    model: { refId, datasource: { type: TYPE, uid: PROVISIONED }, ...q },
  }));
  return {
    uid: r.uid,
    title: r.title,
    condition: 'fires',
    data: [...queries, condition(r.when)],
    noDataState: r.noData,
    execErrState: 'Error',
    for: r.for,
    labels: { product: 'firebreak', severity: r.severity },
    annotations: { summary: r.summary, description: r.runbook, __dashboardUid__: r.dashboard, __panelId__: String(firstPanel(r.dashboard)) },
  };
}

/** Grafana wants a panel beside the dashboard to which a rule leads. */
function firstPanel(uid: string): number {
  const board = BOARDS.find((b) => b.uid === uid);
  const panel = board && (build(board).panels ?? []).find((p) => p.type !== 'row');
  if (!panel?.id) {
    throw new Error(`there is no dashboard ${uid} with a panel`);
  }
  return panel.id;
}

function condition(when: Rule['when']) {
  const base = { refId: 'fires', datasource: { type: '__expr__', uid: '__expr__' } };
  const model =
    'expression' in when
      ? { ...base, type: 'math', expression: when.expression }
      : { ...base, type: 'threshold', expression: when.query, conditions: [{ evaluator: { type: 'gt', params: [when.above] } }] };
  return { refId: 'fires', datasourceUid: '__expr__', model };
}
