import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

import type { FirebreakQuery } from '../src/types';
import type { Sized } from './panels';
import { byVariables, DATASOURCE, FILTERS, Query, TYPE } from './query';

/** A row of a dashboard; folded ones are opened when they are wanted. */
export interface Section {
  title?: string;
  folded?: boolean;
  panels: Sized[];
}

export interface Board {
  uid: string;
  title: string;
  /** The one question that it answers. */
  question: string;
  time: { from: string; to: string };
  refresh?: string;
  filters: Array<keyof typeof FILTERS>;
  /** The recurring trouble that is looked at. */
  selectsCluster?: boolean;
  /** Which moments are marked. */
  marks: Array<'stages' | 'releases' | 'induced' | 'verdicts'>;
  sections: Section[];
}

const COLUMNS = 24;

const LABELS: Record<string, string> = { team: 'Team', service: 'Service', severity: 'Severity', automation: 'Automation', stage: 'Stage' };
const MARKS: Record<Board['marks'][number], { name: string; colour: string; on: boolean }> = {
  stages: { name: 'Stage changes', colour: 'blue', on: true },
  releases: { name: 'Releases of automations', colour: 'purple', on: false },
  induced: { name: 'Incidents caused by automation', colour: 'red', on: true },
  verdicts: { name: 'Promotions and demotions due', colour: 'orange', on: false },
};

/** The dashboard as Grafana reads it. */
export function build(board: Board): dashboard.Dashboard {
  const b = new dashboard.DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.question)
    .tags(['firebreak'])
    .timezone('utc')
    // Weeks are ISO weeks, whoever looks.
    .weekStart('monday')
    .time(board.time)
    .refresh(board.refresh ?? '')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .readonly()
    .link(
      new dashboard.DashboardLinkBuilder('Firebreak').type(dashboard.DashboardLinkType.Dashboards).tags(['firebreak']).asDropdown(true).keepTime(true).includeVars(true)
    )
    .withVariable(new dashboard.DatasourceVariableBuilder('datasource').label('Datasource').type(TYPE));
  board.filters.forEach((name) => b.withVariable(filterVariable(name)));
  if (board.selectsCluster) {
    b.withVariable(clusterVariable());
  }
  b.withVariable(new dashboard.AdHocVariableBuilder('adhoc').label('Filters').datasource(DATASOURCE));
  board.marks.forEach((mark) => b.annotation(annotation(mark, board)));
  const made = place(b, board.sections).build();
  addFilters(made.panels ?? [], board);
  return made;
}

/** Filters all that is asked by the dashboard's variables, and lets its links keep them. */
function addFilters(panels: Array<dashboard.Panel | dashboard.RowPanel>, board: Board) {
  for (const panel of panels) {
    for (const target of ('targets' in panel ? panel.targets : undefined) ?? []) {
      const q = target as unknown as FirebreakQuery;
      if (q.kind !== 'sql') {
        q.filters = [...byVariables(board.filters), ...(q.filters ?? [])];
      }
    }
    for (const property of ('fieldConfig' in panel ? panel.fieldConfig?.overrides : undefined)?.flatMap((o) => o.properties) ?? []) {
      if (property.id === 'links') {
        property.value = (property.value as Array<{ title: string; url: string }>).map((link) => ({ ...link, url: keepFilters(link.url, board) }));
      }
    }
    addFilters(('panels' in panel ? panel.panels : undefined) ?? [], board);
  }
}

/** A link with the variables that the dashboard has and that it does not set itself. */
function keepFilters(url: string, board: Board): string {
  return [url, ...board.filters.filter((name) => !url.includes(`var-${name}=`)).map((name) => `\${${name}:queryparam}`)].join('&');
}

function filterVariable(name: string): dashboard.QueryVariableBuilder {
  return new dashboard.QueryVariableBuilder(name)
    .label(LABELS[name])
    .datasource(DATASOURCE)
    .query({ kind: 'values', dimension: FILTERS[name], refId: 'variable' })
    .refresh(dashboard.VariableRefresh.OnDashboardLoad)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

function clusterVariable(): dashboard.QueryVariableBuilder {
  return new dashboard.QueryVariableBuilder('cluster')
    .label('Trouble')
    .datasource(DATASOURCE)
    .query({ kind: 'values', dimension: 'cluster_id', refId: 'variable' })
    .refresh(dashboard.VariableRefresh.OnDashboardLoad)
    .multi(false)
    .includeAll(false);
}

function annotation(mark: Board['marks'][number], board: Board): dashboard.AnnotationQueryBuilder {
  const { name, colour, on } = MARKS[mark];
  return new dashboard.AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(on)
    .iconColor(colour)
    .target(new Query({ kind: 'annotation', annotation: mark, refId: 'annotation', filters: byVariables(board.filters) }) as never);
}

/** Puts panels beside each other for as long as there is room, and numbers them. */
function place(b: dashboard.DashboardBuilder, sections: Section[]): dashboard.DashboardBuilder {
  let id = 0;
  let y = 0;
  for (const section of sections) {
    const row = section.title ? new dashboard.RowBuilder(section.title) : undefined;
    if (row) {
      row.id(++id).gridPos({ h: 1, w: COLUMNS, x: 0, y: y++ });
    }
    let x = 0;
    let lowest = y;
    for (const { panel, w, h } of section.panels) {
      if (x + w > COLUMNS) {
        x = 0;
        y = lowest;
      }
      panel.id(++id);
      panel.gridPos({ x, y, w, h });
      x += w;
      lowest = Math.max(lowest, y + h);
      if (section.folded && row) {
        row.withPanel(panel);
      }
    }
    if (row) {
      b.withRow(row.collapsed(section.folded ?? false));
    }
    if (!section.folded) {
      section.panels.forEach(({ panel }) => b.withPanel(panel));
      y = lowest;
    }
  }
  return b;
}
