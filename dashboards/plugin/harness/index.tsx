// Shows the editors without Grafana, to be looked at: each with something in it.
import { createTheme, getDefaultTimeRange, ThemeContext } from '@grafana/data';
import { setTemplateSrv } from '@grafana/runtime';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import React, { useState } from 'react';
import { createRoot } from 'react-dom/client';

import catalogue from '../catalogue.json';
import { AnnotationEditor } from '../src/editors/AnnotationEditor';
import { ConfigEditor } from '../src/editors/ConfigEditor';
import { QueryEditor } from '../src/editors/QueryEditor';
import { VariableEditor } from '../src/editors/VariableEditor';
import { FirebreakQuery } from '../src/types';

setTemplateSrv({ getVariables: () => [{ name: 'team' }], replace: (t?: string) => t ?? '', containsTemplate: () => false, updateTimeRange: () => {} } as never);

const datasource = {
  catalogue: () => Promise.resolve(catalogue),
  values: () => Promise.resolve(['payments', 'search', 'storefront'].map((v) => ({ value: v, text: v }))),
  schema: () => Promise.resolve([]),
  preview: () => Promise.resolve('SELECT count()\nFROM incidents'),
} as never;

function Shown({ title, Editor, start }: { title: string; Editor: React.ComponentType<any>; start: Partial<FirebreakQuery> }) {
  const [query, setQuery] = useState({ refId: 'A', ...start });
  return (
    <section style={{ marginBottom: 32 }}>
      <h3>{title}</h3>
      <Editor datasource={datasource} query={query} range={getDefaultTimeRange()} onChange={setQuery} onRunQuery={() => {}} />
    </section>
  );
}

function Config() {
  const [options, setOptions] = useState({
    jsonData: { address: 'clickhouse.example.com:8443', username: 'firebreak_reader', secure: true, tlsAuthWithCACert: true },
    secureJsonFields: { password: true },
  });
  return <ConfigEditor options={options as never} onOptionsChange={setOptions as never} />;
}

const PAGES: Record<string, () => React.ReactElement> = {
  query: () => (
    <>
      <Shown title="Metric" Editor={QueryEditor} start={{ kind: 'metric', metric: 'mttr_impact', groupBy: ['automation_id'], filters: [{ dimension: 'team', operator: '=', values: ['$team'] }] }} />
      <Shown title="Metric in steps" Editor={QueryEditor} start={{ kind: 'metric', metric: 'incident_count', step: 'week', compare: true }} />
      <Shown title="SQL" Editor={QueryEditor} start={{ kind: 'sql', format: 'series', sql: 'SELECT $__timeInterval(opened_at) AS time, severity, count() AS n\nFROM incidents\nWHERE $__timeFilter(opened_at)\nGROUP BY time, severity\nORDER BY time' }} />
      <Shown title="Table" Editor={QueryEditor} start={{ kind: 'table', table: 'backlog', limit: 20 }} />
      <Shown title="Variable" Editor={VariableEditor} start={{ kind: 'values', dimension: 'service' }} />
      <Shown title="Annotation" Editor={AnnotationEditor} start={{ kind: 'annotation', annotation: 'stages', filters: [{ dimension: 'stage', operator: '=', values: ['full'], optional: true }] }} />
    </>
  ),
  config: () => <Config />,
};

const asked = new URLSearchParams(location.search);
const theme = createTheme({ colors: { mode: asked.get('theme') === 'light' ? 'light' : 'dark' } });
document.body.style.background = theme.colors.background.primary;
createRoot(document.getElementById('root')!).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <main style={{ padding: 24, maxWidth: 1100 }}>{PAGES[asked.get('page') ?? 'query']()}</main>
    <PortalContainer />
  </ThemeContext.Provider>
);
