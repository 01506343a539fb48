SELECT cluster_id FROM backlog
