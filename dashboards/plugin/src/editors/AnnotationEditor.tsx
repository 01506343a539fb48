import { AnnotationQuery, QueryEditorProps } from '@grafana/data';
import { Alert, InlineField, LoadingPlaceholder, Select } from '@grafana/ui';
import React from 'react';

import type { FirebreakDataSource } from '../datasource';
import { FirebreakOptions, FirebreakQuery } from '../types';
import { Filters, kept } from './Filters';
import { useAsked } from './useAsked';

type Props = QueryEditorProps<FirebreakDataSource, FirebreakQuery, FirebreakOptions> & {
  annotation?: AnnotationQuery<FirebreakQuery>;
  onAnnotationChange?: (annotation: AnnotationQuery<FirebreakQuery>) => void;
};

/** The editor of an annotation: which moments are marked. */
export function AnnotationEditor({ datasource, query, onChange, annotation, onAnnotationChange }: Props) {
  const { answer: catalogue, error } = useAsked(() => datasource.catalogue(), [datasource]);
  if (error) {
    return <Alert severity="error" title="The datasource does not answer">{error}</Alert>;
  }
  if (!catalogue) {
    return <LoadingPlaceholder text="Asking what there is…" />;
  }
  const current = annotation?.target ?? query;
  const kind = catalogue.annotations.find((a) => a.name === current?.annotation);
  const change = (changed: Partial<FirebreakQuery>) => {
    const target: FirebreakQuery = { ...current, refId: 'annotation', kind: 'annotation', ...changed };
    return annotation && onAnnotationChange ? onAnnotationChange({ ...annotation, target }) : onChange(target);
  };
  return (
    <>
      <InlineField label="Mark" labelWidth={14}>
        <Select
          aria-label="Mark"
          width={60}
          options={catalogue.annotations.map((a) => ({ label: a.title, value: a.name }))}
          value={current?.annotation}
          onChange={(o) => {
            const next = catalogue.annotations.find((a) => a.name === o.value)!;
            change({ annotation: next.name, filters: kept(current?.filters, next.filters) });
          }}
        />
      </InlineField>
      <Filters datasource={datasource} dimensions={kind?.filters ?? []} filters={current?.filters ?? []} onChange={(filters) => change({ filters })} />
    </>
  );
}
