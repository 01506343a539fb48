import { DataSourceJsonData } from '@grafana/data';
import { DataQuery } from '@grafana/schema';

/** A query as a panel keeps it; the backend's Query is the same. */
export interface FirebreakQuery extends DataQuery {
  kind: Kind;

  metric?: string;
  groupBy?: string[];
  filters?: Filter[];
  /** hour, day, week, 4 weeks or auto; without one, the whole range is one window. */
  step?: string;
  unfinished?: boolean;
  compare?: boolean;
  /** Which numbers: estimate, low, high, n, or what stands beside them. */
  show?: string[];
  format?: Format;
  /** How far the outcome is observed, as RFC 3339; now without one. */
  asOf?: string;
  limit?: number;

  table?: string;
  sql?: string;
  annotation?: string;
  dimension?: string;
}

export type Kind = 'metric' | 'table' | 'sql' | 'annotation' | 'values';
export type Format = 'table' | 'numbers' | 'stat' | 'series';

/** Keeps what has one of the values, or with != none of them. */
export interface Filter {
  dimension: string;
  operator?: string;
  values: string[];
  /** A dashboard's: passed over, with a notice, where it cannot be applied. */
  optional?: boolean;
}

export interface FirebreakOptions extends DataSourceJsonData {
  address?: string;
  database?: string;
  username?: string;
  rowLimit?: number;
  /** Seconds. */
  timeout?: number;
  secure?: boolean;
  tlsSkipVerify?: boolean;
  tlsAuth?: boolean;
  tlsAuthWithCACert?: boolean;
  serverName?: string;
  enableSecureSocksProxy?: boolean;
}

export interface FirebreakSecrets {
  password?: string;
  tlsCACert?: string;
  tlsClientCert?: string;
  tlsClientKey?: string;
}

/** All that a query can ask for, as the backend tells it. */
export interface Catalogue {
  metrics: Metric[];
  tables: Table[];
  annotations: Array<{ name: string; title: string; filters: string[] }>;
  macros: Macro[];
  steps: string[];
  dimensions: string[];
}

export interface Metric {
  name: string;
  title: string;
  unit: string;
  better: string;
  description: string;
  formula: string;
  minSample: number;
  /** Beyond which it is to be watched, and beyond which it is bad; none where there is no norm. */
  limits?: { watch: number; bad: number };
  dimensions: string[];
  numbers: Array<{ name: string; meaning: string }>;
}

export interface Table {
  name: string;
  title: string;
  meaning: string;
  filters: string[];
}

export interface Macro {
  name: string;
  usage: string;
  meaning: string;
}

/** A table that SQL may ask, for completion. */
export interface DescribedTable {
  name: string;
  comment: string;
  columns: Array<{ name: string; type: string; comment: string }>;
}

export interface Value {
  value: string;
  text: string;
}

export const ALL = '$__all';
