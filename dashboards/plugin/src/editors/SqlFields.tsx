import { CodeEditor, CodeEditorSuggestionItem, CodeEditorSuggestionItemKind, InlineField, RadioButtonGroup } from '@grafana/ui';
import React, { useMemo, useRef } from 'react';

import type { FirebreakDataSource } from '../datasource';
import { Catalogue, DescribedTable, FirebreakQuery, Format } from '../types';
import { useAsked } from './useAsked';

interface Props {
  datasource: FirebreakDataSource;
  catalogue: Catalogue;
  query: FirebreakQuery;
  /** Runs it as well. */
  onChange: (q: FirebreakQuery) => void;
}

const FORMATS: Array<{ label: string; value: Format }> = [
  { label: 'Table', value: 'table' },
  { label: 'Time series', value: 'series' },
];

/** SQL of one's own, with completion of tables, columns and macros. */
export function SqlFields({ datasource, catalogue, query, onChange }: Props) {
  const { answer: tables } = useAsked(() => datasource.schema(), [datasource]);
  // The editor keeps the function that it is given first: it must find what came later.
  const suggestions = useRef<CodeEditorSuggestionItem[]>([]);
  suggestions.current = useMemo(() => suggest(catalogue, tables ?? []), [catalogue, tables]);
  return (
    <>
      <CodeEditor
        language="sql"
        height="200px"
        showLineNumbers
        showMiniMap={false}
        value={query.sql ?? ''}
        getSuggestions={() => suggestions.current}
        monacoOptions={{ ariaLabel: 'SQL' }}
        onBlur={(sql) => sql !== (query.sql ?? '') && onChange({ ...query, sql })}
        onSave={(sql) => onChange({ ...query, sql })}
      />
      <InlineField label="Format" labelWidth={14} style={{ marginTop: 8 }}>
        <RadioButtonGroup aria-label="Format" options={FORMATS} value={query.format ?? 'table'} onChange={(format) => onChange({ ...query, format })} />
      </InlineField>
    </>
  );
}

/** What the editor completes: macros, tables, and columns with where they are. */
export function suggest(catalogue: Catalogue, tables: DescribedTable[]): CodeEditorSuggestionItem[] {
  const columns = new Map<string, CodeEditorSuggestionItem>();
  for (const table of tables) {
    for (const c of table.columns) {
      const known = columns.get(c.name);
      columns.set(c.name, {
        label: c.name,
        kind: CodeEditorSuggestionItemKind.Field,
        detail: known ? `${known.detail}, ${table.name}` : `${c.type} of ${table.name}`,
        documentation: c.comment,
      });
    }
  }
  return [
    ...catalogue.macros.map((m) => ({ label: m.name, kind: CodeEditorSuggestionItemKind.Method, detail: m.usage, documentation: m.meaning, insertText: m.usage })),
    ...tables.map((t) => ({ label: t.name, kind: CodeEditorSuggestionItemKind.Text, detail: 'table', documentation: t.comment })),
    ...columns.values(),
  ];
}
