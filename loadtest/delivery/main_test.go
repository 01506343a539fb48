package delivery

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/vividium/firebreak/schema/store/embedded"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// The test program runs itself in other roles, told by the environment.
const (
	roleVariable = "FIREBREAK_DELIVERY_ROLE"
	roleMember   = "member" // of the consumer group
	roleEngine   = "engine" // a ClickHouse that can be killed

	dirVariable  = "FIREBREAK_DELIVERY_DIR"
	addrVariable = "FIREBREAK_DELIVERY_ADDR"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case roleMember:
		exit(runMember())
	case roleEngine:
		exit(runEngine())
	}
	storetest.Main(m)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// runEngine serves ClickHouse until its standard input ends, and says on its
// standard output where.
func runEngine() error {
	engine, err := embedded.Start(context.Background(), embedded.Config{
		Dir: os.Getenv(dirVariable), Addr: os.Getenv(addrVariable), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	fmt.Println(engine.Addr())
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
	return nil
}
