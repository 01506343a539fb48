import { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { config } from '@grafana/runtime';
import { Alert, Field, FieldSet, Input, RadioButtonGroup, SecretInput, SecretTextArea, Switch } from '@grafana/ui';
import React, { ChangeEvent, FormEvent } from 'react';

import { FirebreakOptions, FirebreakSecrets } from '../types';

type Props = DataSourcePluginOptionsEditorProps<FirebreakOptions, FirebreakSecrets>;

const WIDTH = 50;

/** ClickHouse's native protocol is not offered: all of Firebreak speaks HTTP, as the embedded ClickHouse does. */
const PROTOCOLS = [
  { label: 'HTTP', value: false, description: 'Not encrypted: usually port 8123' },
  { label: 'HTTPS', value: true, description: 'Encrypted: usually port 8443' },
];

/** Where ClickHouse is, who logs in, and how much a query may take. */
export function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData } = options;
  const set = (change: Partial<FirebreakOptions>) => onOptionsChange({ ...options, jsonData: { ...jsonData, ...change } });
  const text = (name: 'address' | 'database' | 'username' | 'serverName') => ({
    id: name,
    width: WIDTH,
    value: jsonData[name] ?? '',
    onChange: (e: ChangeEvent<HTMLInputElement>) => set({ [name]: e.target.value }),
  });
  const number = (name: 'rowLimit' | 'timeout') => ({
    id: name,
    type: 'number',
    min: 1,
    width: WIDTH,
    value: jsonData[name] ?? '',
    onChange: (e: ChangeEvent<HTMLInputElement>) => set({ [name]: e.target.value === '' ? undefined : Number(e.target.value) }),
  });
  const toggle = (name: 'tlsSkipVerify' | 'tlsAuth' | 'tlsAuthWithCACert' | 'enableSecureSocksProxy') => ({
    id: name,
    value: jsonData[name] ?? false,
    onChange: (e: ChangeEvent<HTMLInputElement>) => set({ [name]: e.target.checked }),
  });
  const secret = (name: keyof FirebreakSecrets) => ({
    id: name,
    isConfigured: options.secureJsonFields?.[name] ?? false,
    value: options.secureJsonData?.[name] ?? '',
    onReset: () =>
      onOptionsChange({
        ...options,
        secureJsonFields: { ...options.secureJsonFields, [name]: false },
        secureJsonData: { ...options.secureJsonData, [name]: '' },
      }),
    onChange: (e: FormEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onOptionsChange({ ...options, secureJsonData: { ...options.secureJsonData, [name]: e.currentTarget.value } }),
  });
  const pem = (name: keyof FirebreakSecrets, kind: string) => ({
    ...secret(name),
    cols: WIDTH,
    rows: 6,
    placeholder: `-----BEGIN ${kind}-----`,
  });

  return (
    <>
      <FieldSet label="ClickHouse">
        <Field label="Address" description="host:port of ClickHouse’s HTTP interface" htmlFor="address" required invalid={/:\/\//.test(jsonData.address ?? '')} error="host:port without a scheme; choose the protocol below">
          <Input {...text('address')} placeholder="clickhouse.example.com:8123" />
        </Field>
        <Field label="Protocol">
          <RadioButtonGroup aria-label="Protocol" options={PROTOCOLS} value={jsonData.secure ?? false} onChange={(secure) => set({ secure })} />
        </Field>
        <Field label="Database" description="that firebreak migrate made; firebreak when empty" htmlFor="database">
          <Input {...text('database')} placeholder="firebreak" />
        </Field>
      </FieldSet>
      <FieldSet label="Login">
        <Alert severity="info" title="Use a user that only reads">
          Everyone who may edit a query can send SQL as this user. It needs SELECT on the database and nothing else: no
          writing, no SOURCES. Firebreak’s documentation has the statements that create it.
        </Alert>
        <Field label="User" htmlFor="username">
          <Input {...text('username')} placeholder="firebreak_reader" autoComplete="off" />
        </Field>
        <Field label="Password" htmlFor="password">
          <SecretInput {...secret('password')} width={WIDTH} autoComplete="new-password" />
        </Field>
      </FieldSet>
      {jsonData.secure && (
        <FieldSet label="TLS">
          <Field label="Server name" description="in ClickHouse’s certificate, where it differs from the address" htmlFor="serverName">
            <Input {...text('serverName')} />
          </Field>
          <Field label="Own CA" description="The certificate is signed by a CA of your own" htmlFor="tlsAuthWithCACert">
            <Switch {...toggle('tlsAuthWithCACert')} />
          </Field>
          {jsonData.tlsAuthWithCACert && (
            <Field label="CA certificate" htmlFor="tlsCACert">
              <SecretTextArea {...pem('tlsCACert', 'CERTIFICATE')} />
            </Field>
          )}
          <Field label="Client certificate" description="ClickHouse knows Grafana by a certificate" htmlFor="tlsAuth">
            <Switch {...toggle('tlsAuth')} />
          </Field>
          {jsonData.tlsAuth && (
            <>
              <Field label="Certificate" htmlFor="tlsClientCert">
                <SecretTextArea {...pem('tlsClientCert', 'CERTIFICATE')} />
              </Field>
              <Field label="Key" htmlFor="tlsClientKey">
                <SecretTextArea {...pem('tlsClientKey', 'PRIVATE KEY')} />
              </Field>
            </>
          )}
          <Field label="Skip verification" description="Accept any certificate: whoever is in between can read the password" htmlFor="tlsSkipVerify">
            <Switch {...toggle('tlsSkipVerify')} />
          </Field>
        </FieldSet>
      )}
      <FieldSet label="Limits">
        <Field label="Row limit" description="An answer with more rows is cut, with a notice on the panel; 10,000 when empty" htmlFor="rowLimit">
          <Input {...number('rowLimit')} placeholder="10000" />
        </Field>
        <Field label="Query timeout" description="Seconds until a query is stopped; 30 when empty" htmlFor="timeout">
          <Input {...number('timeout')} placeholder="30" />
        </Field>
        {config.secureSocksDSProxyEnabled && (
          <Field label="Secure socks proxy" description="Connect through Grafana’s proxy" htmlFor="enableSecureSocksProxy">
            <Switch {...toggle('enableSecureSocksProxy')} />
          </Field>
        )}
      </FieldSet>
    </>
  );
}
