import { CodeEditor, CodeEditorSuggestionItem, CodeEditorSuggestionItemKind, InlineField, RadioButtonGroup } from '@grafana/ui';
import React, { useMemo } from 'react';

import type { FirebreakDataSource } from '../datasource';
import { Catalogue, DescribedTable, FirebreakQuery, Format } from '../types';
import { useAsked } from './useAsked';

interface Props {
  datasource: FirebreakDataSource;
  catalogue: Catalogue;
  query: FirebreakQuery;
  onChange: (q: FirebreakQuery) => void;
  onRunQuery: () => void;
}

const FORMATS: Array<{ label: string; value: Format }> = [
  { label: 'Table', value: 'table' },
  { label: 'Time series', value: 'series' },
];

/** SQL of one's own, with completion of tables, columns and macros. */
export function SqlFields({ datasource, catalogue, query, onChange, onRunQuery }: Props) {
  const { answer: tables } = useAsked(() => datasource.schema(), [datasource]);
  const suggestions = useMemo(() => suggest(catalogue, tables ?? []), [catalogue, tables]);
  return (
    <>
      <CodeEditor
        // Suggestions are taken when the editor is mounted.
        key={tables ? 'complete' : 'plain'}
        language="sql"
        height="200px"
        showLineNumbers
        showMiniMap={false}
        value={query.sql ?? ''}
        getSuggestions={() => suggestions}
        onBlur={(sql) => onChange({ ...query, sql })}
        onSave={(sql) => {
          onChange({ ...query, sql });
          onRunQuery();
        }}
      />
      <InlineField label="Format" labelWidth={14} style={{ marginTop: 8 }}>
        <RadioButtonGroup options={FORMATS} value={query.format ?? 'table'} onChange={(format) => onChange({ ...query, format })} />
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
