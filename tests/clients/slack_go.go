// A bot on slack-go: prints a line for each thing that the test waits for.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/slack-go/slack"
)

func main() {
	api := slack.New(os.Getenv("SLACK_TOKEN"), slack.OptionAPIURL(os.Getenv("SLACK_API_URL")))
	rtm := api.NewRTM(slack.RTMOptionPingInterval(time.Second))
	go rtm.ManageConnection()
	for event := range rtm.IncomingEvents {
		switch data := event.Data.(type) {
		case *slack.HelloEvent:
			fmt.Println("hello")
			rtm.SendMessage(&slack.OutgoingMessage{ID: 1000, Type: "presence_sub", IDs: []string{"U01ALICE000"}})
		case *slack.MessageEvent:
			fmt.Println("message", data.User, data.Text)
			rtm.SendMessage(rtm.NewOutgoingMessage("pong", data.Channel))
		case *slack.AckMessage:
			fmt.Println("acked", data.Timestamp)
		case *slack.LatencyReport:
			fmt.Println("pong")
		case *slack.PresenceChangeEvent:
			fmt.Println("presence", data.User, data.Presence)
		case *slack.InvalidAuthEvent:
			fmt.Println("invalid_auth")
			return
		}
	}
}
