// The service with Go's net/http: go run main.go https://shop.example/
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

type problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type answer struct {
	Status int    `json:"status"`
	Via    string `json:"via"`
	Text   string `json:"text"`
}

var client = &http.Client{Timeout: 2 * time.Minute} // a challenge takes its time

// ask sends a request as JSON and reads the answer into result, unless that is nil.
func ask(method, path string, body, result any) error {
	base := os.Getenv("ONEJAR_URL")
	if base == "" {
		base = "http://localhost:7411"
	}
	var payload bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&payload).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, base+path, &payload)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token := os.Getenv("ONEJAR_TOKEN"); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 {
		var told problem
		if err := json.NewDecoder(response.Body).Decode(&told); err != nil {
			return err
		}
		return fmt.Errorf("%s: %s", told.Code, told.Detail)
	}
	if result == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(result)
}

func main() {
	var page answer
	wanted := map[string]any{
		"session": "alice",
		"url":     os.Args[1],
		"extract": map[string]string{"title": "h1"},
	}
	err := ask("POST", "/v1/fetch", wanted, &page)
	if err == nil {
		fmt.Println(page.Status, page.Via, page.Text)
		err = ask("DELETE", "/v1/sessions/alice", nil, nil)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
