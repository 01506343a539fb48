import * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as text from '@grafana/grafana-foundation-sdk/text';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

import type { FirebreakQuery } from '../src/types';
import { DATASOURCE, metric, ofMetric, Query } from './query';

/** A panel with the size that it wants: of 24 columns, and in rows. */
export interface Sized {
  panel: Builder<dashboard.Panel> & { gridPos(pos: dashboard.GridPos): unknown; id(id: number): unknown };
  w: number;
  h: number;
}

/** Colours by meaning, the same everywhere; a text or a shape says the same. */
export const GOOD = 'green';
export const WATCH = 'orange';
export const BAD = 'red';
export const PLAIN = 'blue';
export const NO_DATA = 'text';
export const STAGES: Record<string, { text: string; colour: string; number: number }> = {
  dry_run: { text: 'dry run', colour: 'purple', number: 1 },
  canary: { text: 'canary', colour: 'yellow', number: 2 },
  full: { text: 'full', colour: 'blue', number: 3 },
};

const STAT_HEIGHT = 4;
const TREND_HEIGHT = 8;

const fixed = (colour: string) => new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Fixed).fixedColor(colour);
const byThresholds = () => new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds);
const last = () => new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);

/** One metric over the range: the number large, its interval, n and the window before small. */
export function metricStat(name: string, w = 6, more: Partial<FirebreakQuery> = {}): Sized {
  const m = metric(name);
  const panel = new stat.PanelBuilder()
    .title(m.title)
    .description(`${m.description} (${m.better})`)
    .datasource(DATASOURCE)
    .withTarget(ofMetric(name, { format: 'stat', compare: true, ...more }))
    .textMode(common.BigValueTextMode.ValueAndName)
    .graphMode(common.BigValueGraphMode.None)
    // What has limits in the catalogue is coloured by them; the rest stays plain.
    .colorMode(common.BigValueColorMode.Value)
    .colorScheme(byThresholds())
    .thresholds(neutral())
    .text(new common.VizTextDisplayOptionsBuilder().titleSize(12).valueSize(32))
    .reduceOptions(last())
    .noValue('no data');
  return { panel, w, h: STAT_HEIGHT };
}

/** Without limits of its own a number has one colour. */
function neutral() {
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([{ value: null, color: NO_DATA }]);
}

/** How long ago the newest record landed. */
export function freshness(w = 6): Sized {
  const panel = new stat.PanelBuilder()
    .title('Newest record')
    .description('How long ago the newest record landed in ClickHouse: numbers are as fresh as that')
    .datasource(DATASOURCE)
    .withTarget(new Query({ kind: 'table', table: 'freshness' }))
    .unit('s')
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .colorScheme(byThresholds())
    .thresholds(
      new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([
        { value: null, color: GOOD },
        { value: 3600, color: WATCH },
        { value: 86_400, color: BAD },
      ])
    )
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['min']).fields('/^seconds since landing$/').values(false))
    .noValue('no data');
  return { panel, w, h: STAT_HEIGHT };
}

/** A number made of the rows of a table. */
export function tableStat(title: string, description: string, query: Query, field: string, calc: 'count' | 'sum', unit: string, w = 6): Sized {
  const panel = new stat.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(query)
    .unit(unit)
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs([calc]).fields(`/^${field}$/`).values(false))
    .noValue('no data');
  return { panel, w, h: STAT_HEIGHT };
}

/** A metric in steps, with its interval as a band. */
export function trend(name: string, w = 12, more: Partial<FirebreakQuery> = {}): Sized {
  const m = metric(name);
  const hasBand = name !== 'toil_hours_saved' && name !== 'responder_hours' && name !== 'suspected_induced_incidents';
  const panel = graph(m.title, `${m.description} The band is the 95 % interval; where there are too few cases the line is broken. (${m.better})`)
    .withTarget(ofMetric(name, { step: 'auto', show: hasBand ? ['estimate', 'low', 'high'] : ['estimate'], ...more }))
    .colorScheme(fixed(PLAIN));
  if (hasBand) {
    panel.overrideByName('low', hiddenLine()).overrideByName('high', [...hiddenLine(), { id: 'custom.fillBelowTo', value: 'low' }, { id: 'custom.fillOpacity', value: 15 }]);
  }
  return { panel, w, h: TREND_HEIGHT };
}

function hiddenLine(): dashboard.DynamicConfigValue[] {
  return [
    { id: 'custom.lineWidth', value: 0 },
    { id: 'custom.showPoints', value: 'never' },
    { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
  ];
}

/** A metric in steps, a line or bar for each group. */
export function trendBy(name: string, groupBy: string, w = 12, more: Partial<FirebreakQuery> & { stacked?: boolean } = {}): Sized {
  const m = metric(name);
  const { stacked, ...query } = more;
  const panel = graph(`${m.title} by ${groupBy.replaceAll('_', ' ')}`, `${m.description} (${m.better})`).withTarget(
    ofMetric(name, { step: 'auto', groupBy: [groupBy], show: ['estimate'], limit: 10, ...query })
  );
  if (stacked) {
    panel
      .drawStyle(common.GraphDrawStyle.Bars)
      .fillOpacity(70)
      .lineWidth(0)
      .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'));
  }
  return { panel, w, h: TREND_HEIGHT };
}

function graph(title: string, description: string) {
  return new timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .lineWidth(2)
    .fillOpacity(0)
    .axisSoftMin(0)
    .showPoints(common.VisibilityMode.Auto)
    .spanNulls(false)
    .legend(new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List).placement(common.LegendPlacement.Bottom))
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .noValue('no data');
}

/** How a column of a table is shown. */
export interface Column {
  /** The name that the column has in the table. */
  name: string;
  width?: number;
  hidden?: boolean;
  link?: { title: string; url: string };
  /** Texts and colours of values. */
  values?: Record<string, { text?: string; colour: string }>;
}

/** Rows of one or several queries; several are joined by a column. */
export function rows(title: string, description: string, queries: Query[], options: { columns?: Column[]; join?: string; order?: string[]; h?: number; w?: number } = {}): Sized {
  const panel = new table.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .cellHeight(common.TableCellHeight.Sm)
    .showHeader(true)
    .filterable(true)
    .minWidth(70)
    .noValue('–');
  queries.forEach((q, i) => panel.withTarget(q.refId(String.fromCharCode(65 + i))));
  if (options.join) {
    panel.withTransformation({ id: 'joinByField', options: { byField: options.join, mode: 'outer' } });
  }
  if (options.order) {
    panel.withTransformation({
      id: 'organize',
      options: { indexByName: Object.fromEntries(options.order.map((name, i) => [name, i])), excludeByName: {}, renameByName: {} },
    });
  }
  for (const c of options.columns ?? []) {
    panel.overrideByName(c.name, columnProperties(c));
  }
  return { panel, w: options.w ?? 24, h: options.h ?? 9 };
}

function columnProperties(c: Column): dashboard.DynamicConfigValue[] {
  const properties: dashboard.DynamicConfigValue[] = [];
  if (c.width) {
    properties.push({ id: 'custom.width', value: c.width });
  }
  if (c.hidden) {
    properties.push({ id: 'custom.hidden', value: true });
  }
  if (c.link) {
    properties.push({ id: 'links', value: [{ title: c.link.title, url: c.link.url }] });
  }
  if (c.values) {
    const options = Object.fromEntries(Object.entries(c.values).map(([value, { text: shown, colour }], index) => [value, { text: shown ?? value, color: colour, index }]));
    properties.push({ id: 'mappings', value: [{ type: 'value', options }] }, { id: 'custom.cellOptions', value: { type: 'color-text' } });
  }
  return properties;
}

/** Bars of one number of each group, the longest first. */
export function bars(title: string, description: string, query: Query, x: string, sortBy: string, w = 12): Sized {
  const panel = new barchart.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(query)
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: sortBy, desc: true }] } })
    .xField(x)
    .orientation(common.VizOrientation.Horizontal)
    .showValue(common.VisibilityMode.Auto)
    .colorScheme(fixed(PLAIN))
    .legend(new common.VizLegendOptionsBuilder().showLegend(false).displayMode(common.LegendDisplayMode.List).placement(common.LegendPlacement.Bottom))
    .noValue('no data');
  return { panel, w, h: 10 };
}

/** How many of each group in each step: what comes back, and when. */
export function calendar(title: string, description: string, query: Query, w = 12): Sized {
  const panel = new heatmap.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(query)
    .calculate(false)
    .cellGap(2)
    .color(new heatmap.HeatmapColorOptionsBuilder().mode(heatmap.HeatmapColorMode.Scheme).scheme('Oranges').steps(32).reverse(false).exponent(0.5).fill('dark-orange'))
    .yAxis(new heatmap.YAxisConfigBuilder().axisPlacement(common.AxisPlacement.Left).axisWidth(220))
    .showLegend();
  return { panel, w, h: 10 };
}

/** Which stage each automation was in. */
export function stages(title: string, description: string, query: Query, w = 24): Sized {
  const options = Object.fromEntries(Object.values(STAGES).map(({ text: shown, colour, number }, index) => [String(number), { text: shown, color: colour, index }]));
  const panel = new statetimeline.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(query)
    .mappings([{ type: dashboard.MappingType.ValueToText, options } as dashboard.ValueMapping])
    .showValue(common.VisibilityMode.Auto)
    .mergeValues(true)
    .legend(new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List).placement(common.LegendPlacement.Bottom));
  return { panel, w, h: 10 };
}

/** Text to read. */
export function note(title: string, description: string, content: string, w = 24, h = 5): Sized {
  return { panel: new text.PanelBuilder().title(title).description(description).mode(text.TextMode.Markdown).content(content), w, h };
}
