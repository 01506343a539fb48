package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports that nodes listen on lie below those that the kernel gives to outgoing
// connections: a node that is restarted must find its port free.
const (
	firstPort = 20_000
	lastPort  = 32_000
)

// freePorts are ports on which nothing listens now.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range lastPort - firstPort {
		port := firstPort + rand.IntN(lastPort-firstPort)
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		defer listener.Close()
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, errors.New("no ports are free")
}
