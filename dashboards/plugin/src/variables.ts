import { CustomVariableSupport, DataQueryRequest, DataQueryResponse } from '@grafana/data';
import { Observable } from 'rxjs';

import { VariableEditor } from './editors/VariableEditor';
import type { FirebreakDataSource } from './datasource';
import { FirebreakQuery } from './types';

/** Template variables ask the backend as panels do: for the values of a dimension, or in SQL. */
export class Variables extends CustomVariableSupport<FirebreakDataSource, FirebreakQuery> {
  constructor(private readonly datasource: FirebreakDataSource) {
    super();
  }

  override editor = VariableEditor;

  override query(request: DataQueryRequest<FirebreakQuery>): Observable<DataQueryResponse> {
    const targets = request.targets.map((t) => ({ ...t, refId: t.refId || 'variable' }));
    return this.datasource.query({ ...request, targets });
  }
}
