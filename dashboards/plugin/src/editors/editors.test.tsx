import { getDefaultTimeRange } from '@grafana/data';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React, { useState } from 'react';

import catalogue from '../../catalogue.json';
import type { FirebreakDataSource } from '../datasource';
import { Catalogue, FirebreakOptions, FirebreakQuery } from '../types';
import { AnnotationEditor } from './AnnotationEditor';
import { ConfigEditor } from './ConfigEditor';
import { matches } from './MetricFields';
import { QueryEditor } from './QueryEditor';
import { suggest } from './SqlFields';
import { VariableEditor } from './VariableEditor';

jest.mock('@grafana/runtime', () => ({
  config: { secureSocksDSProxyEnabled: true },
  getTemplateSrv: () => ({ getVariables: () => [{ name: 'team' }] }),
}));

// Monaco needs a browser; what is typed counts.
jest.mock('@grafana/ui', () => ({
  ...jest.requireActual('@grafana/ui'),
  CodeEditor: ({ value, onBlur, onSave }: { value: string; onBlur: (text: string) => void; onSave?: (text: string) => void }) => (
    <textarea
      aria-label="SQL"
      defaultValue={value}
      onBlur={(e) => onBlur(e.target.value)}
      onKeyDown={(e) => e.ctrlKey && e.key === 's' && onSave?.(e.currentTarget.value)}
    />
  ),
}));

const known = catalogue as Catalogue;

function fakeDatasource(more: Partial<FirebreakDataSource> = {}): FirebreakDataSource {
  return {
    catalogue: () => Promise.resolve(known),
    values: (dimension: string) => Promise.resolve([{ value: `${dimension}-1`, text: `${dimension} one` }, { value: 'payments', text: 'payments' }]),
    schema: () => Promise.resolve([]),
    preview: () => Promise.resolve('SELECT 1'),
    ...more,
  } as unknown as FirebreakDataSource;
}

/** An editor that keeps what is changed, as Grafana does. */
function Kept({ Editor, start, datasource, seen }: { Editor: React.ComponentType<any>; start: Partial<FirebreakQuery>; datasource: FirebreakDataSource; seen: FirebreakQuery[] }) {
  const [query, setQuery] = useState({ refId: 'A', ...start } as FirebreakQuery);
  return (
    <Editor
      datasource={datasource}
      query={query}
      range={getDefaultTimeRange()}
      onChange={(q: FirebreakQuery) => {
        seen.push(q);
        setQuery(q);
      }}
      onRunQuery={() => seen.push({ ...query, refId: 'ran' })}
    />
  );
}

function open(Editor: React.ComponentType<any>, start: Partial<FirebreakQuery>, datasource = fakeDatasource()) {
  const seen: FirebreakQuery[] = [];
  render(<Kept Editor={Editor} start={start} datasource={datasource} seen={seen} />);
  const runs = () => seen.filter((q) => q.refId === 'ran').length;
  return { seen, last: () => seen.filter((q) => q.refId !== 'ran').at(-1), runs };
}

/** Chooses an option by keyboard, as one without a mouse does. */
async function choose(label: string, search: string) {
  const input = await screen.findByRole('combobox', { name: label });
  await userEvent.click(input);
  await userEvent.type(input, search);
  await userEvent.keyboard('{Enter}');
}

describe('QueryEditor', () => {
  it('tells what the metric means', async () => {
    open(QueryEditor, { kind: 'metric', metric: 'false_positive_rate' });
    const note = await screen.findByRole('note', { name: 'What the metric means' });
    expect(note).toHaveTextContent('Share of live executions that were not needed');
    expect(note).toHaveTextContent('not needed ÷ (needed + not needed)');
    expect(note).toHaveTextContent('No number below 5 cases');
  });

  it('finds a metric by its meaning and runs it', async () => {
    const { last, runs } = open(QueryEditor, { kind: 'metric', metric: 'incident_count', groupBy: ['severity', 'team'] });
    await choose('Metric', 'escalated to a person');
    await waitFor(() => expect(last()?.metric).toBe('automation_success_rate'));
    // What the new metric does not have is left out.
    expect(last()?.groupBy).toEqual(['team']);
    expect(runs()).toBe(1);
  });

  it('groups, filters, and compares', async () => {
    const { last } = open(QueryEditor, { kind: 'metric', metric: 'incident_count' });
    await choose('Group by', 'team');
    await userEvent.click(await screen.findByRole('button', { name: 'Filter' }));
    await choose('Dimension of filter 1', 'team');
    await choose('Operator of filter 1', 'none');
    await choose('Values of filter 1', 'payments');
    await userEvent.click(screen.getByRole('switch', { name: 'Compare' }));
    expect(last()).toMatchObject({ groupBy: ['team'], filters: [{ dimension: 'team', operator: '!=', values: ['payments'] }], compare: true });
    await userEvent.click(screen.getByRole('button', { name: 'Remove filter 1' }));
    expect(last()?.filters).toEqual([]);
  });

  it('offers the variables of the dashboard as values', async () => {
    const { last } = open(QueryEditor, { kind: 'metric', metric: 'incident_count', filters: [{ dimension: 'team', operator: '=', values: [] }] });
    await choose('Values of filter 1', '$team');
    await waitFor(() => expect(last()?.filters?.[0].values).toEqual(['$team']));
  });

  it('takes a limit when the field is left', async () => {
    const { seen, last } = open(QueryEditor, { kind: 'metric', metric: 'incident_count' });
    const limit = await screen.findByRole('spinbutton', { name: 'Limit' });
    await userEvent.type(limit, '25');
    expect(seen).toHaveLength(0);
    act(() => limit.blur());
    expect(last()?.limit).toBe(25);
  });

  it('changes to tables and SQL', async () => {
    const { last } = open(QueryEditor, { kind: 'metric', metric: 'incident_count' });
    await userEvent.click(await screen.findByRole('radio', { name: 'Table' }));
    await choose('Table', 'Backlog');
    await waitFor(() => expect(last()).toMatchObject({ kind: 'table', table: 'backlog' }));
    await userEvent.click(screen.getByRole('radio', { name: 'SQL' }));
    fireEvent.blur(screen.getByRole('textbox', { name: 'SQL' }), { target: { value: 'SELECT 2' } });
    expect(last()).toMatchObject({ kind: 'sql', sql: 'SELECT 2' });
  });

  it('runs SQL once when it is saved, and not again when the field is left', async () => {
    const { last, runs } = open(QueryEditor, { kind: 'sql', sql: 'SELECT 1' });
    const sql = await screen.findByRole('textbox', { name: 'SQL' });
    await userEvent.type(sql, '2');
    fireEvent.keyDown(sql, { key: 's', ctrlKey: true });
    expect(last()).toMatchObject({ sql: 'SELECT 12' });
    expect(runs()).toBe(1);
    act(() => sql.blur());
    expect(runs()).toBe(1);
  });

  it('shows the SQL that runs as the query is now, or why there is none', async () => {
    const preview = (q: FirebreakQuery) => (q.metric ? Promise.resolve(`SELECT ${q.metric}`) : Promise.reject({ data: { message: 'choose a metric' } }));
    open(QueryEditor, {}, fakeDatasource({ preview }));
    await userEvent.click(await screen.findByRole('button', { name: /Show the SQL/ }));
    expect(await screen.findByText('choose a metric')).toBeInTheDocument();
    await choose('Metric', 'Incidents');
    await waitFor(() => expect(screen.getByLabelText('SQL that runs')).toHaveTextContent(/^SELECT \w+$/));
    await userEvent.click(screen.getByRole('button', { name: /Hide the SQL/ }));
    expect(screen.queryByLabelText('SQL that runs')).toBeNull();
  });

  it('keeps an optional filter that the next metric does not have', async () => {
    const filters = [{ dimension: 'severity', values: ['sev1'], optional: true }, { dimension: 'severity', values: ['sev2'] }];
    const { last } = open(QueryEditor, { kind: 'metric', metric: 'incident_count', filters });
    await choose('Metric', 'escalated to a person');
    expect(last()?.filters).toEqual([filters[0]]);
    await userEvent.click(screen.getByRole('switch', { name: 'Filter 1 is optional' }));
    expect(last()?.filters?.[0].optional).toBeUndefined();
  });

  it('says why the datasource does not answer', async () => {
    open(QueryEditor, {}, fakeDatasource({ catalogue: () => Promise.reject({ data: { message: 'ClickHouse cannot be reached' } }) }));
    expect(await screen.findByText('ClickHouse cannot be reached')).toBeInTheDocument();
  });
});

describe('VariableEditor', () => {
  it('takes the values of a dimension, or SQL', async () => {
    const { last } = open(VariableEditor, {});
    await choose('Dimension', 'cluster');
    await waitFor(() => expect(last()).toMatchObject({ kind: 'values', dimension: 'cluster_id' }));
    await userEvent.click(screen.getByRole('radio', { name: 'SQL' }));
    const sql = await screen.findByRole('textbox', { name: 'SQL' });
    await userEvent.type(sql, 'SELECT 1');
    act(() => sql.blur());
    await waitFor(() => expect(last()).toMatchObject({ kind: 'sql', sql: 'SELECT 1' }));
  });
});

describe('AnnotationEditor', () => {
  it('changes the target of the annotation', async () => {
    const changed = jest.fn();
    render(
      <AnnotationEditor
        datasource={fakeDatasource()}
        query={{} as FirebreakQuery}
        onChange={jest.fn()}
        onRunQuery={jest.fn()}
        annotation={{ name: 'x', enable: true, iconColor: 'red', target: { refId: 'annotation', kind: 'annotation', annotation: 'stages' } }}
        onAnnotationChange={changed}
      />
    );
    await choose('Mark', 'Incidents caused');
    await waitFor(() => expect(changed).toHaveBeenCalledWith(expect.objectContaining({ target: expect.objectContaining({ annotation: 'induced' }) })));
    await userEvent.click(screen.getByRole('button', { name: 'Filter' }));
    const filters = [{ dimension: 'automation_id', operator: '=', values: [] }];
    expect(changed).toHaveBeenLastCalledWith(expect.objectContaining({ target: expect.objectContaining({ annotation: 'stages', filters }) }));
  });
});

describe('ConfigEditor', () => {
  function config(jsonData: FirebreakOptions) {
    const changed = jest.fn();
    render(<ConfigEditor options={{ jsonData, secureJsonFields: { password: true } } as never} onOptionsChange={changed} />);
    return changed;
  }

  it('keeps secrets apart and never shows them', async () => {
    const changed = config({ address: 'clickhouse:8123' });
    expect(screen.queryByDisplayValue('secret')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Reset' }));
    expect(changed).toHaveBeenCalledWith(expect.objectContaining({ secureJsonFields: { password: false }, secureJsonData: { password: '' } }));
  });

  it('asks for certificates only where they are used', () => {
    config({ secure: true, tlsAuthWithCACert: true });
    expect(screen.getByLabelText('CA certificate')).toBeInTheDocument();
    expect(screen.queryByLabelText('Key')).toBeNull();
  });

  it('speaks HTTP or HTTPS', async () => {
    const changed = config({ address: 'clickhouse:8443' });
    expect(screen.queryByLabelText(/Server name/)).toBeNull();
    await userEvent.click(screen.getByRole('radio', { name: 'HTTPS' }));
    expect(changed).toHaveBeenCalledWith(expect.objectContaining({ jsonData: { address: 'clickhouse:8443', secure: true } }));
  });

  it('refuses a URL as the address', () => {
    config({ address: 'https://clickhouse:8443' });
    expect(screen.getByText(/without a scheme/)).toBeInTheDocument();
  });

  it('keeps numbers as numbers', () => {
    const changed = config({});
    fireEvent.change(screen.getByLabelText(/Row limit/), { target: { value: '500' } });
    expect(changed).toHaveBeenCalledWith(expect.objectContaining({ jsonData: { rowLimit: 500 } }));
    fireEvent.change(screen.getByLabelText(/Query timeout/), { target: { value: '60' } });
    expect(changed).toHaveBeenCalledWith(expect.objectContaining({ jsonData: { timeout: 60 } }));
    expect(within(document.body).getByLabelText(/Secure socks proxy/)).toBeInTheDocument();
  });
});

describe('what the editors offer', () => {
  it('finds a metric by every word', () => {
    const mttr = known.metrics.find((m) => m.name === 'mttr_impact');
    expect(matches(mttr, 'resolve automation')).toBe(true);
    expect(matches(mttr, 'resolve banana')).toBe(false);
  });

  it('completes macros, tables and columns with where they are', () => {
    const items = suggest(known, [
      { name: 'incidents', comment: 'State', columns: [{ name: 'service', type: 'String', comment: 'Service' }] },
      { name: 'alerts', comment: 'State', columns: [{ name: 'service', type: 'String', comment: 'Service' }] },
    ]);
    expect(items.find((i) => i.label === '$__timeFilter')).toMatchObject({ insertText: '$__timeFilter(opened_at)' });
    expect(items.find((i) => i.label === 'service')?.detail).toBe('String of incidents, alerts');
    expect(items.filter((i) => i.label === 'service')).toHaveLength(1);
  });
});

