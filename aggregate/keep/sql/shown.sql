SELECT cluster_id FROM clusters
