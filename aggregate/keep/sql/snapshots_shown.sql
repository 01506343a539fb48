SELECT toDateTime64(starts, 3, 'UTC'), dimension, value
FROM metric_snapshots FINAL
WHERE period = {period:String} AND metric = {metric:String} AND NOT is_gone
    AND starts >= toDate32({from:DateTime64(3, 'UTC')}) AND starts < toDate32({to:DateTime64(3, 'UTC')})
