import { SelectableValue } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import { Button, IconButton, InlineField, InlineSwitch, MultiSelect, Select } from '@grafana/ui';
import React from 'react';

import type { FirebreakDataSource } from '../datasource';
import { Filter } from '../types';
import { useAsked } from './useAsked';

interface Props {
  datasource: FirebreakDataSource;
  /** By which dimensions can be filtered. */
  dimensions: string[];
  filters: Filter[];
  onChange: (filters: Filter[]) => void;
}

/** Filters on dimensions; each keeps one of several values, or none of them. */
export function Filters({ datasource, dimensions, filters, onChange }: Props) {
  const replace = (i: number, f: Filter) => onChange(filters.map((old, n) => (n === i ? f : old)));
  return (
    <>
      {filters.map((f, i) => (
        <FilterRow
          key={i}
          datasource={datasource}
          dimensions={dimensions}
          filter={f}
          number={i + 1}
          onChange={(changed) => replace(i, changed)}
          onRemove={() => onChange(filters.filter((_, n) => n !== i))}
        />
      ))}
      <Button
        variant="secondary"
        size="sm"
        icon="plus"
        disabled={dimensions.length === 0}
        onClick={() => onChange([...filters, { dimension: dimensions[0], operator: '=', values: [] }])}
      >
        Filter
      </Button>
    </>
  );
}

interface RowProps extends Omit<Props, 'filters' | 'onChange'> {
  filter: Filter;
  number: number;
  onChange: (f: Filter) => void;
  onRemove: () => void;
}

const OPERATORS = [
  { label: 'is one of', value: '=' },
  { label: 'is none of', value: '!=' },
];

function FilterRow({ datasource, dimensions, filter, number, onChange, onRemove }: RowProps) {
  const { answer, error } = useAsked(() => datasource.values(filter.dimension), [datasource, filter.dimension]);
  const variables = getTemplateSrv()
    .getVariables()
    .map((v) => ({ label: `$${v.name}`, value: `$${v.name}`, description: 'variable of the dashboard' }));
  const values: Array<SelectableValue<string>> = [...variables, ...(answer ?? []).map((v) => ({ label: v.text, value: v.value }))];
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', alignItems: 'flex-start' }}>
      <InlineField label={`Filter ${number}`} labelWidth={14}>
        <Select
          aria-label={`Dimension of filter ${number}`}
          width={24}
          options={options(dimensions.includes(filter.dimension) ? dimensions : [...dimensions, filter.dimension])}
          value={filter.dimension}
          onChange={(o) => onChange({ ...filter, dimension: o.value!, values: [] })}
        />
      </InlineField>
      <InlineField>
        <Select
          aria-label={`Operator of filter ${number}`}
          width={16}
          options={OPERATORS}
          value={filter.operator ?? '='}
          onChange={(o) => onChange({ ...filter, operator: o.value })}
        />
      </InlineField>
      <InlineField grow invalid={Boolean(error)} error={error}>
        <MultiSelect
          aria-label={`Values of filter ${number}`}
          placeholder="any"
          allowCustomValue
          isLoading={!answer && !error}
          options={values}
          value={filter.values.map((v) => values.find((o) => o.value === v) ?? { label: v || '(unknown)', value: v })}
          onChange={(chosen) => onChange({ ...filter, values: chosen.map((o) => o.value ?? '') })}
        />
      </InlineField>
      <InlineField label="Optional" tooltip="Passed over, with a notice, where there is no such dimension">
        <InlineSwitch aria-label={`Filter ${number} is optional`} value={filter.optional ?? false} onChange={(e) => onChange({ ...filter, optional: e.currentTarget.checked || undefined })} />
      </InlineField>
      <IconButton name="trash-alt" tooltip={`Remove filter ${number}`} onClick={onRemove} style={{ marginTop: 8 }} />
    </div>
  );
}

/** Names as options, to read without underscores. */
export function options(names: string[]): Array<SelectableValue<string>> {
  return names.map((value) => ({ label: value.replaceAll('_', ' '), value }));
}

/** The filters that stay when something with other dimensions is chosen. */
export function kept(filters: Filter[] | undefined, dimensions: string[]): Filter[] | undefined {
  return filters?.filter((f) => f.optional || dimensions.includes(f.dimension));
}
