// SPDX-License-Identifier: GPL-2.0
// usage: hello HOST:PORT: what TLS version Go speaks with it; no certificate is checked.
package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	d := &net.Dialer{Timeout: 60 * time.Second}
	c, e := tls.DialWithDialer(d, "tcp", os.Args[1], &tls.Config{InsecureSkipVerify: true})
	if e != nil {
		fmt.Println(e)
		os.Exit(1)
	}
	fmt.Printf("version %x\n", c.ConnectionState().Version)
}
