// A bot on slack-go: prints a line for each thing that the test waits for.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/slack-go/slack"
)

func useWeb(api *slack.Client) {
	page := api.GetUsersPaginated(slack.GetUsersOptionLimit(2))
	page, err := page.Next(context.Background())
	check(err)
	channel, ts, err := api.PostMessage("C01GENERAL0", slack.MsgOptionText("posted", false))
	check(err)
	check(api.AddReaction("tada", slack.NewRefToMessage(channel, ts)))
	history, err := api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: channel, Limit: 1})
	check(err)
	message := history.Messages[0]
	fmt.Println("web", len(page.Users), message.Text, message.Reactions[0].Name)
}

func check(err error) {
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
}

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
			if data.User != "U01ALICE000" {
				continue
			}
			fmt.Println("message", data.User, data.Text)
			rtm.SendMessage(rtm.NewOutgoingMessage("pong", data.Channel))
		case *slack.AckMessage:
			fmt.Println("acked", data.Timestamp)
			useWeb(api)
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
