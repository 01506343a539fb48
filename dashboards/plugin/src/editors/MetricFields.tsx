import { InlineField, InlineSwitch, Input, MultiSelect, Select, Text } from '@grafana/ui';
import React from 'react';

import type { FirebreakDataSource } from '../datasource';
import { Catalogue, FirebreakQuery, Format, Metric } from '../types';
import { Filters, kept, options } from './Filters';

interface Props {
  datasource: FirebreakDataSource;
  catalogue: Catalogue;
  query: FirebreakQuery;
  onChange: (q: FirebreakQuery) => void;
}

const WHOLE = 'whole';

const FORMATS: Array<{ label: string; value: Format; description: string }> = [
  { label: 'Table', value: 'table', description: 'A row a group, with the interval and all that stands beside' },
  { label: 'Stat', value: 'stat', description: 'One number a group, called by its interval and n' },
  { label: 'Numbers', value: 'numbers', description: 'Numbers with labels, as alert rules want them' },
];

/** A metric of the catalogue: what it is, by what it is grouped, what is kept, in which steps. */
export function MetricFields({ datasource, catalogue, query, onChange }: Props) {
  const metric = catalogue.metrics.find((m) => m.name === query.metric);
  const dimensions = metric?.dimensions ?? [];
  const choose = (m: Metric) =>
    onChange({
      ...query,
      metric: m.name,
      groupBy: query.groupBy?.filter((d) => m.dimensions.includes(d)),
      filters: kept(query.filters, m.dimensions),
      show: query.show?.filter((name) => m.numbers.some((n) => n.name === name)),
    });
  return (
    <>
      <InlineField label="Metric" labelWidth={14} grow>
        <Select
          aria-label="Metric"
          placeholder="Search by name or meaning"
          options={catalogue.metrics.map((m) => ({ label: m.title, value: m.name, description: m.formula }))}
          value={query.metric}
          onChange={(o) => choose(catalogue.metrics.find((m) => m.name === o.value)!)}
          filterOption={(o, search) => matches(catalogue.metrics.find((m) => m.name === o.value), search)}
        />
      </InlineField>
      {metric && <Meaning metric={metric} />}
      <InlineField label="Group by" labelWidth={14} grow>
        <MultiSelect
          aria-label="Group by"
          placeholder="everything together"
          options={options(dimensions)}
          value={query.groupBy ?? []}
          onChange={(chosen) => onChange({ ...query, groupBy: chosen.map((o) => o.value!) })}
        />
      </InlineField>
      <Filters datasource={datasource} dimensions={dimensions} filters={query.filters ?? []} onChange={(filters) => onChange({ ...query, filters })} />
      <div style={{ display: 'flex', flexWrap: 'wrap', marginTop: 8 }}>
        <InlineField label="Step" labelWidth={14} tooltip="Windows that lie wholly in the range, each computed over its own cases. Without steps the range is one window.">
          <Select
            aria-label="Step"
            width={20}
            options={[{ label: 'whole range', value: WHOLE }, ...options(catalogue.steps)]}
            value={query.step || WHOLE}
            onChange={(o) => onChange({ ...query, step: o.value === WHOLE ? undefined : o.value })}
          />
        </InlineField>
        {query.step ? (
          <InlineField label="Unfinished" tooltip="Show the window that is not over yet as well">
            <InlineSwitch aria-label="Unfinished" value={query.unfinished ?? false} onChange={(e) => onChange({ ...query, unfinished: e.currentTarget.checked })} />
          </InlineField>
        ) : (
          <InlineField label="Format">
            <Select aria-label="Format" width={20} options={FORMATS} value={query.format ?? 'table'} onChange={(o) => onChange({ ...query, format: o.value })} />
          </InlineField>
        )}
        <InlineField label="Compare" tooltip="With the window of equal length before, observed at the same age">
          <InlineSwitch aria-label="Compare" value={query.compare ?? false} onChange={(e) => onChange({ ...query, compare: e.currentTarget.checked })} />
        </InlineField>
        {(query.step || query.format !== 'stat') && metric && (
          <InlineField label="Show" tooltip="Which numbers: the estimate, the ends of its 95 % interval, n, and what stands beside it">
            <MultiSelect
              aria-label="Show"
              placeholder="what suits"
              width={40}
              options={metric.numbers.map((n) => ({ label: n.name.replaceAll('_', ' '), value: n.name, description: n.meaning }))}
              value={query.show ?? []}
              onChange={(chosen) => onChange({ ...query, show: chosen.map((o) => o.value!) })}
            />
          </InlineField>
        )}
        <Limit query={query} onChange={onChange} what="groups" />
      </div>
    </>
  );
}

/** How many rows or groups are shown; taken when the field is left. */
export function Limit({ query, onChange, what }: Pick<Props, 'query' | 'onChange'> & { what: string }) {
  const take = (text: string) => {
    const limit = text === '' ? undefined : Number(text);
    if (limit !== query.limit) {
      onChange({ ...query, limit });
    }
  };
  return (
    <InlineField label="Limit" tooltip={`How many ${what} are shown at most, the largest first; the datasource's row limit when empty`}>
      <Input
        key={query.limit}
        aria-label="Limit"
        type="number"
        min={1}
        width={12}
        placeholder="all"
        defaultValue={query.limit ?? ''}
        onBlur={(e) => take(e.currentTarget.value)}
      />
    </InlineField>
  );
}

function Meaning({ metric }: { metric: Metric }) {
  const least = metric.minSample > 0 ? ` No number below ${metric.minSample} cases.` : '';
  return (
    <div role="note" aria-label="What the metric means" style={{ margin: '0 0 8px 8px', maxWidth: '100ch' }}>
      <Text variant="bodySmall" color="secondary" element="p">
        {metric.description} <em>{metric.unit}, {metric.better}.{least}</em>
        <br />
        <code>{metric.formula}</code>
      </Text>
    </div>
  );
}

/** Whether every word of a search is in a metric's name, title, formula or description. */
export function matches(metric: Metric | undefined, search: string): boolean {
  const text = metric ? `${metric.name} ${metric.title} ${metric.formula} ${metric.description}`.toLowerCase() : '';
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
