// SPDX-License-Identifier: Apache-2.0
//
// The measurements of bench/channel.c on Go's channels; prints nanoseconds per operation.
//
//	channel_go handoff|handoff-locked|stream|crowd|select2|select8
//
// handoff runs two goroutines under GOMAXPROCS=2, where the scheduler may let both take turns on one
// thread; in handoff-locked each is bound to its own thread by LockOSThread.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

const buffer = 128

func since(from time.Time, operations int) float64 {
	return float64(time.Since(from).Nanoseconds()) / float64(operations)
}

func handoff(locked bool) float64 {
	rounds := 200000
	there, back := make(chan int), make(chan int)
	if locked {
		rounds = 20000
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	go func() {
		if locked {
			runtime.LockOSThread()
		}
		for value := range there {
			back <- value
		}
	}()
	var from time.Time
	for i := -1000; i < rounds; i++ {
		if i == 0 {
			from = time.Now()
		}
		there <- i
		if <-back != i {
			panic("wrong element")
		}
	}
	cost := since(from, 2*rounds)
	close(there)
	return cost
}

func flow(sides int) float64 {
	each := 1000000 / sides
	queue := make(chan int, buffer)
	sums := make(chan int, sides)
	var senders sync.WaitGroup
	from := time.Now()
	for i := 0; i < sides; i++ {
		senders.Add(1)
		go func() {
			for j := 0; j < each; j++ {
				queue <- j
			}
			senders.Done()
		}()
		go func() {
			sum := 0
			for value := range queue {
				sum += value
			}
			sums <- sum
		}()
	}
	senders.Wait()
	close(queue)
	sum := 0
	for i := 0; i < sides; i++ {
		sum += <-sums
	}
	if sum != (each-1)*each/2*sides {
		panic("wrong sum")
	}
	return since(from, each*sides)
}

func filled(n int) []chan int {
	made := make([]chan int, n)
	for i := range made {
		made[i] = make(chan int, 1)
		made[i] <- 1
	}
	return made
}

func select2() float64 {
	const operations = 1000000
	c := filled(2)
	from := time.Now()
	for i := 0; i < operations; i++ {
		select {
		case v := <-c[0]:
			c[0] <- v
		case v := <-c[1]:
			c[1] <- v
		}
	}
	return since(from, operations)
}

func select8() float64 {
	const operations = 1000000
	c := filled(8)
	from := time.Now()
	for i := 0; i < operations; i++ {
		select {
		case v := <-c[0]:
			c[0] <- v
		case v := <-c[1]:
			c[1] <- v
		case v := <-c[2]:
			c[2] <- v
		case v := <-c[3]:
			c[3] <- v
		case v := <-c[4]:
			c[4] <- v
		case v := <-c[5]:
			c[5] <- v
		case v := <-c[6]:
			c[6] <- v
		case v := <-c[7]:
			c[7] <- v
		}
	}
	return since(from, operations)
}

func main() {
	runtime.GOMAXPROCS(2)
	measurements := map[string]func() float64{
		"handoff":        func() float64 { return handoff(false) },
		"handoff-locked": func() float64 { return handoff(true) },
		"stream":         func() float64 { return flow(1) },
		"crowd":          func() float64 { return flow(4) },
		"select2":        select2,
		"select8":        select8,
	}
	if len(os.Args) < 2 || measurements[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: channel_go handoff|handoff-locked|stream|crowd|select2|select8")
		os.Exit(2)
	}
	fmt.Printf("%.1f\n", measurements[os.Args[1]]())
}
