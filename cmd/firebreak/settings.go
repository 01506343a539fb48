package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/embedded"
)

// settings are what every command shares.
type settings struct {
	Data string `env:"DATA" envDefault:"./data" help:"folder for the state of the embedded Kafka and ClickHouse"`

	KafkaBrokers    []string `env:"KAFKA_BROKERS" help:"host:port of Kafka's brokers; none: Kafka is embedded"`
	KafkaListen     string   `env:"KAFKA_LISTEN" envDefault:"127.0.0.1:9092" help:"address of the embedded Kafka"`
	KafkaPartitions int      `env:"KAFKA_PARTITIONS" envDefault:"2" help:"partitions of each topic of the embedded Kafka"`
	KafkaGroup      string   `env:"KAFKA_GROUP" envDefault:"firebreak" help:"consumer group"`
	KafkaProtocol   string   `env:"KAFKA_PROTOCOL" envDefault:"classic" help:"protocol of the consumer group: classic, or consumer (KIP-848, Kafka 4.0 and later)"`
	KafkaInstance   string   `env:"KAFKA_INSTANCE" help:"name of this process as a static member of the group; restarted within the session it keeps its partitions"`
	KafkaTLS        bool     `env:"KAFKA_TLS" help:"encrypt the connection to Kafka"`
	KafkaSASL       string   `env:"KAFKA_SASL" help:"how to log in to Kafka: plain, scram-sha-256 or scram-sha-512"`
	KafkaUser       string   `env:"KAFKA_USER" help:"user for Kafka"`
	KafkaPassword   string   `env:"KAFKA_PASSWORD" secret:"true" help:"password for Kafka"`
	TopicIncidents  string   `env:"TOPIC_INCIDENTS" envDefault:"firebreak.incidents" help:"topic of incident events"`
	TopicAlerts     string   `env:"TOPIC_ALERTS" envDefault:"firebreak.alerts" help:"topic of alert events"`
	TopicExecutions string   `env:"TOPIC_EXECUTIONS" envDefault:"firebreak.executions" help:"topic of execution events"`

	ClickHouseAddr           string `env:"CLICKHOUSE_ADDR" help:"host:port of ClickHouse's HTTP interface; none: ClickHouse is embedded"`
	ClickHouseListen         string `env:"CLICKHOUSE_LISTEN" envDefault:"127.0.0.1:8123" help:"address of the embedded ClickHouse"`
	ClickHouseTLS            bool   `env:"CLICKHOUSE_TLS" help:"encrypt the connection to ClickHouse"`
	ClickHouseDatabase       string `env:"CLICKHOUSE_DATABASE" envDefault:"firebreak" help:"database"`
	ClickHouseUser           string `env:"CLICKHOUSE_USER" envDefault:"firebreak" help:"user that writes"`
	ClickHousePassword       string `env:"CLICKHOUSE_PASSWORD" secret:"true" help:"password of the user that writes"`
	ClickHouseReader         string `env:"CLICKHOUSE_READER" envDefault:"firebreak_reader" help:"user that only reads"`
	ClickHouseReaderPassword string `env:"CLICKHOUSE_READER_PASSWORD" secret:"true" help:"password of the user that only reads"`
	ClickHouseLibrary        string `env:"CHDB_LIBRARY" help:"path of libchdb, the embedded ClickHouse; none: look where make deps puts it"`

	Listen string `env:"LISTEN" envDefault:"127.0.0.1:8321" help:"address of the weekly review, /metrics, /healthz and /readyz"`
	MaxLag int    `env:"MAX_LAG" envDefault:"1000000" help:"not ready while more records than this wait in Kafka"`

	BatchRows   int           `env:"BATCH_ROWS" envDefault:"100000" help:"records of a batch at most"`
	BatchBytes  int           `env:"BATCH_BYTES" envDefault:"25165824" help:"bytes of a batch at most"`
	BatchWait   time.Duration `env:"BATCH_WAIT" envDefault:"1s" help:"how long a record waits for its batch to fill at most"`
	Memory      int           `env:"MEMORY" envDefault:"150994944" help:"bytes that records and batches may take on their way"`
	StopTimeout time.Duration `env:"STOP_TIMEOUT" envDefault:"15s" help:"how long landing the rest may take when stopping"`
	Lease       time.Duration `env:"LEASE" envDefault:"1m" help:"how late an insert may reach ClickHouse before it is refused"`
	Session     time.Duration `env:"KAFKA_SESSION" envDefault:"45s" help:"how long the group waits for a silent member before others get its partitions"`
	TakeOver    bool          `env:"TAKE_OVER" help:"go on where another consumer group, which must have been stopped, has fed the database"`
	AcceptLoss  bool          `env:"ACCEPT_LOSS" help:"go on where Kafka has deleted records before they were read, instead of halting"`

	ReviewWebhook string `env:"REVIEW_WEBHOOK" secret:"true" help:"address to which the weekly review is sent once its week is over, in the form that Slack takes"`
	ReviewPage    string `env:"REVIEW_PAGE" help:"address under which people reach the review, for the link in what is sent; none: nothing is linked"`

	AggregateEvery time.Duration `env:"AGGREGATE_EVERY" envDefault:"5s" help:"how long the worker that keeps clusters waits between passes"`

	AuditDir   string        `env:"AUDIT_DIR" help:"folder of the audit trail; default audit in --data"`
	AuditKey   string        `env:"AUDIT_KEY" help:"file of the private key that signs the audit trail; default audit/key.pem in --data"`
	AuditEvery time.Duration `env:"AUDIT_EVERY" envDefault:"1h" help:"how often what has landed is sealed"`

	LogLevel string `env:"LOG_LEVEL" envDefault:"warn" help:"debug, info, warn or error"`
}

// validate reports every mistake at once.
func (s *settings) validate() error {
	var mistakes []error
	wrong := func(flag, format string, args ...any) {
		mistakes = append(mistakes, fmt.Errorf("--%s (%s): %w", flag, variable(flag), fmt.Errorf(format, args...)))
	}
	for flag, addr := range map[string]string{
		"kafka-listen": s.KafkaListen, "clickhouse-listen": s.ClickHouseListen, "listen": s.Listen, "clickhouse-addr": s.ClickHouseAddr,
	} {
		if _, _, err := net.SplitHostPort(addr); err != nil && (addr != "" || flag != "clickhouse-addr") {
			wrong(flag, "%q is not host:port", addr)
		}
	}
	for _, broker := range s.KafkaBrokers {
		if _, _, err := net.SplitHostPort(broker); err != nil {
			wrong("kafka-brokers", "%q is not host:port", broker)
		}
	}
	if !slices.Contains([]string{"", "plain", "scram-sha-256", "scram-sha-512"}, s.KafkaSASL) {
		wrong("kafka-sasl", "%q is none of plain, scram-sha-256, scram-sha-512", s.KafkaSASL)
	}
	if s.ClickHouseReader == s.ClickHouseUser {
		wrong("clickhouse-reader", "must be another user than --clickhouse-user, which may write")
	}
	for flag, address := range map[string]string{"review-webhook": s.ReviewWebhook, "review-page": s.ReviewPage} {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			wrong(flag, "is not an address as https://host/path") // which may be a secret
		}
	}
	if s.KafkaPartitions < 1 {
		wrong("kafka-partitions", "must be at least 1")
	}
	if s.MaxLag < 0 {
		wrong("max-lag", "must not be negative")
	}
	if s.AggregateEvery <= 0 {
		wrong("aggregate-every", "must be above 0")
	}
	if s.AuditEvery <= 0 {
		wrong("audit-every", "must be above 0")
	}
	if _, err := s.logLevel(); err != nil {
		wrong("log-level", "%q is none of debug, info, warn, error", s.LogLevel)
	}
	slices.SortFunc(mistakes, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	if err := s.ingestConfig().Validate(); err != nil {
		mistakes = append(mistakes, err)
	}
	if err := errors.Join(mistakes...); err != nil {
		return &usageError{err}
	}
	return nil
}

func (s *settings) ingestConfig() ingest.Config {
	return ingest.Config{
		Topics:      s.topics(),
		Group:       s.KafkaGroup,
		MaxRows:     s.BatchRows,
		MaxBytes:    s.BatchBytes,
		MaxWait:     s.BatchWait,
		Memory:      s.Memory,
		StopTimeout: s.StopTimeout,
		Protocol:    ingest.Protocol(s.KafkaProtocol),
		Instance:    s.KafkaInstance,
		Session:     s.Session,
		Lease:       s.Lease,
		TakeOver:    s.TakeOver,
		AcceptLoss:  s.AcceptLoss,
	}
}

func (s *settings) topics() map[schema.Entity]string {
	return map[schema.Entity]string{
		schema.Incident:  s.TopicIncidents,
		schema.Alert:     s.TopicAlerts,
		schema.Execution: s.TopicExecutions,
	}
}

// brokers are where Kafka answers, embedded or not.
func (s *settings) brokers() []string {
	if len(s.KafkaBrokers) > 0 {
		return s.KafkaBrokers
	}
	return []string{s.KafkaListen}
}

// kafka are the options of every Kafka client.
func (s *settings) kafka() []kgo.Opt {
	opts := []kgo.Opt{kgo.SeedBrokers(s.brokers()...), kgo.ClientID("firebreak")}
	if s.KafkaTLS {
		opts = append(opts, kgo.DialTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12}))
	}
	switch s.KafkaSASL {
	case "plain":
		opts = append(opts, kgo.SASL(plain.Auth{User: s.KafkaUser, Pass: s.KafkaPassword}.AsMechanism()))
	case "scram-sha-256":
		opts = append(opts, kgo.SASL(scram.Auth{User: s.KafkaUser, Pass: s.KafkaPassword}.AsSha256Mechanism()))
	case "scram-sha-512":
		opts = append(opts, kgo.SASL(scram.Auth{User: s.KafkaUser, Pass: s.KafkaPassword}.AsSha512Mechanism()))
	}
	return opts
}

// writer is how to reach ClickHouse to write.
func (s *settings) writer() store.Config {
	cfg := store.Config{Addr: s.ClickHouseAddr, Database: s.ClickHouseDatabase, User: s.ClickHouseUser, Password: s.ClickHousePassword}
	if cfg.Addr == "" {
		cfg.Addr = s.ClickHouseListen
	}
	if s.ClickHouseTLS {
		cfg.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return cfg
}

// reader is how to reach ClickHouse to read.
func (s *settings) reader() store.Config {
	cfg := s.writer()
	cfg.User, cfg.Password = s.ClickHouseReader, s.ClickHouseReaderPassword
	return cfg
}

func (s *settings) engine(logger *slog.Logger) embedded.Config {
	return embedded.Config{
		Dir:     filepath.Join(s.Data, "clickhouse"),
		Addr:    s.ClickHouseListen,
		Library: s.ClickHouseLibrary,
		Writer:  embedded.Credential{User: s.ClickHouseUser, Password: s.ClickHousePassword},
		Reader:  embedded.Credential{User: s.ClickHouseReader, Password: s.ClickHouseReaderPassword},
		Logger:  logger,
	}
}

// auditDir is the folder of the audit trail.
func (s *settings) auditDir() string {
	return cmp.Or(s.AuditDir, filepath.Join(s.Data, "audit"))
}

// signedHead remembers, beside the key, the latest checkpoint that it has signed.
func (s *settings) signedHead() audit.Witness {
	return audit.Witness{File: s.auditKey() + audit.HeadSuffix}
}

// auditKey is the file of the key that signs it.
func (s *settings) auditKey() string {
	return cmp.Or(s.AuditKey, filepath.Join(s.Data, "audit", "key.pem"))
}

func (s *settings) logLevel() (slog.Level, error) {
	var level slog.Level
	err := level.UnmarshalText([]byte(s.LogLevel))
	return level, err
}

func (s *settings) logger() *slog.Logger {
	level, _ := s.logLevel()
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
