import { DataSourcePlugin } from '@grafana/data';

import { FirebreakDataSource } from './datasource';
import { ConfigEditor } from './editors/ConfigEditor';
import { QueryEditor } from './editors/QueryEditor';
import { FirebreakOptions, FirebreakQuery, FirebreakSecrets } from './types';

export const plugin = new DataSourcePlugin<FirebreakDataSource, FirebreakQuery, FirebreakOptions, FirebreakSecrets>(FirebreakDataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
