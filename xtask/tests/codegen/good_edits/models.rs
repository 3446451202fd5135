//! Edits of schemas, and one of each kind.

use super::Good;
use crate::edit::Edit::{Parameter, Path, Property, Replace, Schema};
use crate::edit::{CONNECTION, EVENT, MESSAGE, REPLIES, SPEC, TYPES, operation};

pub(super) const GOOD: &[Good] = &[
    Good {
        what: "an error code",
        edits: &[
            Replace(SPEC, "        - access_denied\n", "        - abrupt_end\n        - access_denied\n"),
            Replace(
                SPEC,
                "      x-enum-descriptions:\n",
                "      x-enum-descriptions:\n        - It ended abruptly.\n",
            ),
            Replace(
                SPEC,
                "          values:\n            - fatal_error\n",
                "          values:\n            - abrupt_end\n            - fatal_error\n",
            ),
        ],
        uses: r###"
            let code = models::ErrorCode::from("abrupt_end");
            assert!(code == models::ErrorCode::AbruptEnd && code.is_transient() && !code.is_fatal());
        "###,
    },
    Good {
        what: "an optional field",
        edits: &[Property("nickname:\n  description: What friends say.\n  type: string")],
        uses: r###"
            assert_eq!(user(r##""nickname":"al""##).nickname.as_deref(), Some("al"));
            let made = models::ConnectedUser::new("U1", "x").set_nickname("y");
            assert_eq!(made.nickname.as_deref(), Some("y"));
        "###,
    },
    Good {
        what: "a required field",
        edits: &[
            Replace(
                REPLIES,
                "    ReplyError:\n      type: object\n",
                "    ReplyError:\n      type: object\n      required: [level]\n",
            ),
            Replace(
                REPLIES,
                "        code:\n",
                "        level: { type: integer, description: How bad it is. }\n        code:\n",
            ),
            Replace(REPLIES, "          code: 2\n", "          level: 1\n          code: 2\n"),
            Replace(REPLIES, "        code: -1\n", "        level: 1\n        code: -1\n"),
        ],
        uses: "assert_eq!(models::ReplyError::new(7).level, 7);",
    },
    Good {
        what: "an event",
        edits: &[
            Replace(
                CONNECTION,
                "    AccountsChangedEvent:\n",
                "    LunchStartedEvent:\n      type: object\n      description: People go and eat.\n      required: [type, channel]\n      properties:\n        type: { type: string, enum: [lunch_started] }\n        channel: { description: Where to meet., allOf: [{ $ref: \"../slack-rtm.yaml#/components/schemas/ChannelId\" }] }\n      example: { type: lunch_started, channel: C01GENERAL0 }\n    AccountsChangedEvent:\n",
            ),
            Replace(
                EVENT,
                "      oneOf:\n",
                "      oneOf:\n        - $ref: \"connection.yaml#/components/schemas/LunchStartedEvent\"\n",
            ),
            Replace(
                TYPES,
                "        - accounts_changed\n",
                "        - accounts_changed\n        - lunch_started\n",
            ),
            Replace(
                TYPES,
                "      x-enum-descriptions:\n",
                "      x-enum-descriptions:\n        - People eat.\n",
            ),
        ],
        uses: r###"
            let event = models::Event::from_json(r##"{"type":"lunch_started","channel":"C01GENERAL0"}"##).unwrap();
            assert!(matches!(&event, models::Event::LunchStarted(lunch) if lunch.channel == "C01GENERAL0"));
            assert_eq!(models::EventType::from("lunch_started"), models::EventType::LunchStarted);
            assert_eq!(serde_json::to_string(&models::LunchStartedEvent::new("C1")).unwrap(), r##"{"type":"lunch_started","channel":"C1"}"##);
        "###,
    },
    Good {
        what: "an operation with GET, under a new tag",
        edits: &[
            Replace(
                SPEC,
                "tags:\n  - name: rtm\n",
                "tags:\n  - name: probe\n    description: Workspaces.\n  - name: rtm\n",
            ),
            Path(operation!(
                "/x.probe",
                "get",
                "    operationId: x_probe\n    tags: [probe]\n",
                "    parameters:\n      - { name: team, in: query, required: true, description: Which., schema: { $ref: \"#/components/schemas/DefsTeam\" } }\n      - { name: deep, in: query, description: Whether all of it., schema: { type: boolean } }\n"
            )),
        ],
        uses: r###"
            let call = client().x_probe("T01ACME0000").deep(true);
            assert_eq!(known(&call), ("x.probe", "/x.probe"));
            assert_eq!(slack_rtm_apis::probe_api::XProbe::METHOD, slack_rtm_apis::Method::Get);
            assert_eq!(slack_rtm_apis::probe_api::XProbe::new("T1").team, "T1");
        "###,
    },
    Good {
        what: "an operation with POST",
        edits: &[Path(operation!(
            "/team.rename",
            "post",
            "    operationId: team_rename\n    tags: [probe]\n",
            "    parameters:\n      - { name: name, in: query, required: true, description: The new one., schema: { type: string } }\n"
        ))],
        uses: r###"
            let _call = client().team_rename("Acme");
            assert_eq!(slack_rtm_apis::probe_api::TeamRename::METHOD, slack_rtm_apis::Method::Post);
        "###,
    },
    Good {
        what: "a renamed type",
        edits: &[Replace(
            SPEC,
            "      example: Fc1COMMENT0\n",
            "      example: Fc1COMMENT0\n      x-rust-name: CommentId\n",
        )],
        uses: r###"assert!(models::CommentId::new("Fc1COMMENT0").is_well_formed());"###,
    },
    Good {
        what: "a renamed field",
        edits: &[Property("tz_offset: { description: In seconds., type: integer, x-rust-name: utc_offset }")],
        uses: r###"assert_eq!(user(r##""tz_offset":3600"##).utc_offset, Some(3600));"###,
    },
    Good {
        what: "a renamed parameter",
        edits: &[Parameter(
            "- { name: send, in: query, description: Whether., schema: { type: boolean }, x-rust-name: sends }",
        )],
        uses: "let _call = client().rtm_connect().sends(true);",
    },
    Good {
        what: "a message's subtype",
        edits: &[
            Replace(
                MESSAGE,
                "        - app_conversation_join\n",
                "        - afternoon_nap\n        - app_conversation_join\n",
            ),
            Replace(
                MESSAGE,
                "      x-enum-descriptions:\n",
                "      x-enum-descriptions:\n        - Somebody sleeps.\n",
            ),
        ],
        uses: r###"assert_eq!(models::MessageSubtype::from("afternoon_nap"), models::MessageSubtype::AfternoonNap);"###,
    },
    Good {
        what: "a scalar",
        edits: &[
            Schema(
                "DeskId:\n  type: string\n  description: The id of a desk.\n  pattern: ^K[0-9]+$\n  example: K12",
            ),
            Property(
                "desk: { description: Where they sit., allOf: [{ $ref: \"#/components/schemas/DeskId\" }] }",
            ),
        ],
        uses: r###"
            assert!(user(r##""desk":"K7""##).desk.unwrap().is_well_formed());
            assert!(!models::DeskId::new("x").is_well_formed());
        "###,
    },
    Good {
        what: "a nested object, with a further one and an enum in it",
        edits: &[Property(
            "office:\n  description: Where they work.\n  type: object\n  required: [city]\n  properties:\n    city: { description: The city., type: string }\n    floor:\n      description: The floor.\n      type: object\n      properties: { number: { description: Which., type: integer } }\n    view: { description: What they see., type: string, enum: [sea, street] }",
        )],
        uses: r###"
            let office = user(r##""office":{"city":"Bern","floor":{"number":"3"},"view":"sea"}"##).office.unwrap();
            assert_eq!((office.city.as_str(), office.floor.unwrap().number), ("Bern", Some(3)));
            assert_eq!(office.view, Some(models::ConnectedUserOfficeView::Sea));
        "###,
    },
    Good {
        what: "arrays of arrays",
        edits: &[
            Property(
                "grid: { description: Rows of cells., type: array, items: { type: array, items: { type: integer } } }",
            ),
            Property(
                "lines: { description: Words of lines., type: array, items: { type: array, items: { type: string } } }",
            ),
            Property(
                "boxes: { description: Rows of boxes., type: array, items: { type: array, items: { type: object, properties: { x: { description: Across., type: number } } } } }",
            ),
        ],
        uses: r###"
            let user = user(r##""grid":[[1,"2"],[]],"lines":[["a"]],"boxes":[[{"x":1.5}]]"##);
            assert_eq!(user.grid.unwrap(), [vec![1, 2], vec![]]);
            assert_eq!((user.lines.unwrap()[0][0].as_str(), user.boxes.unwrap()[0][0].x), ("a", Some(1.5)));
        "###,
    },
    Good {
        what: "maps",
        edits: &[
            Property(
                "counts: { description: By name., type: object, additionalProperties: { type: integer } }",
            ),
            Property(
                "teams: { description: By id., type: object, additionalProperties: { $ref: \"#/components/schemas/ConnectedTeam\" } }",
            ),
            Property(
                "tags: { description: By name., type: object, additionalProperties: { type: array, items: { type: string } } }",
            ),
            Property("notes: { description: Anything by name., type: object, additionalProperties: true }"),
        ],
        uses: r###"
            let user = user(r##""counts":{"a":1},"teams":{"T1":{"id":"T1","name":"x","domain":"y"}},"tags":{"a":["b"]},"notes":{"k":[1]}"##);
            assert_eq!(user.counts.unwrap()["a"], 1);
            assert_eq!(user.teams.unwrap()["T1"].domain, "y");
            assert_eq!(user.tags.unwrap()["a"], ["b"]);
            assert!(user.notes.is_some());
        "###,
    },
    Good {
        what: "an id or an object",
        edits: &[
            Schema(
                "BotRef:\n  description: A bot, by id or as an object.\n  oneOf:\n    - { $ref: \"#/components/schemas/BotId\" }\n    - { $ref: \"#/components/schemas/BotCard\" }\nBotCard:\n  type: object\n  description: A bot.\n  properties: { label: { description: Its name., type: string } }",
            ),
            Property("bot: { description: The bot., allOf: [{ $ref: \"#/components/schemas/BotRef\" }] }"),
        ],
        uses: r###"
            assert!(matches!(user(r##""bot":"B1""##).bot, Some(models::BotRef::Id(id)) if id == "B1"));
            assert!(matches!(user(r##""bot":{"label":"b"}"##).bot, Some(models::BotRef::Object(_))));
        "###,
    },
    Good {
        what: "a union told apart by its tag",
        edits: &[
            Schema(
                "Shape:\n  description: A figure.\n  discriminator: { propertyName: kind }\n  oneOf:\n    - { $ref: \"#/components/schemas/Circle\" }\n    - { $ref: \"#/components/schemas/Square\" }\nCircle:\n  type: object\n  description: Round.\n  required: [kind, radius]\n  properties: { kind: { type: string, enum: [circle] }, radius: { type: number, description: Half its width. } }\n  example: { kind: circle, radius: 1.5 }\nSquare:\n  type: object\n  description: With corners.\n  required: [kind]\n  properties: { kind: { type: string, enum: [square] } }\n  example: { kind: square }",
            ),
            Property(
                "shape: { description: Its figure., allOf: [{ $ref: \"#/components/schemas/Shape\" }] }",
            ),
        ],
        uses: r###"assert!(matches!(user(r##""shape":{"kind":"circle","radius":2}"##).shape, Some(models::Shape::Circle(circle)) if circle.radius == 2.0));"###,
    },
    Good {
        what: "an allOf of several parts",
        edits: &[
            Schema(
                "Timed:\n  type: object\n  description: With a time.\n  required: [at]\n  properties: { at: { type: integer, description: When. } }\nMeeting:\n  description: A time and a place.\n  allOf:\n    - { $ref: \"#/components/schemas/Timed\" }\n    - { type: object, required: [place], properties: { place: { type: string, description: Where. } } }",
            ),
            Property(
                "meeting: { description: The next one., allOf: [{ $ref: \"#/components/schemas/Meeting\" }] }",
            ),
        ],
        uses: r###"
            let meeting = user(r##""meeting":{"at":5,"place":"here"}"##).meeting.unwrap();
            assert_eq!((meeting.at, meeting.place.as_str()), (5, "here"));
        "###,
    },
    Good {
        what: "what may be null",
        edits: &[
            Schema(
                "Loan:\n  type: object\n  description: Something borrowed.\n  required: [what, until]\n  properties:\n    what: { type: string, description: What it is. }\n    until: { type: string, nullable: true, description: When it is due., x-rust-name: due }\n    state: { type: string, nullable: true, enum: [lent, null, lost], x-enum-descriptions: [Away., Gone.], description: How it stands. }",
            ),
            Property("loan: { description: The loan., allOf: [{ $ref: \"#/components/schemas/Loan\" }] }"),
        ],
        uses: r###"
            let loan = user(r##""loan":{"what":"book","until":null,"state":"lost"}"##).loan.unwrap();
            assert_eq!((loan.due, loan.state), (None, Some(models::LoanState::Lost)));
        "###,
    },
    Good {
        what: "keywords and words that no raw identifier can be",
        edits: &[
            Property("type: { description: A keyword., type: string }"),
            Property("fn: { description: A keyword., type: integer }"),
            Property("async: { description: A keyword., type: boolean }"),
            Property("self: { description: Never raw., type: string }"),
            Property("crate: { description: Never raw., type: string }"),
            Property("super: { description: Never raw., type: string }"),
            Parameter("- { name: type, in: query, description: A keyword., schema: { type: string } }"),
            Parameter("- { name: self, in: query, description: Never raw., schema: { type: string } }"),
        ],
        uses: r###"
            let user = user(r##""type":"a","fn":1,"async":1,"self":"b","crate":"c","super":"d""##);
            assert_eq!((user.r#type.unwrap().as_str(), user.r#fn, user.r#async), ("a", Some(1), Some(true)));
            assert_eq!((user.self_.unwrap().as_str(), user.crate_.unwrap().as_str(), user.super_.unwrap().as_str()), ("b", "c", "d"));
            let _call = client().rtm_connect().r#type("x").self_("y");
            let _made = models::ConnectedUser::new("U1", "x").set_type("t").set_self("s");
        "###,
    },
    Good {
        what: "names that begin with digits, or are written in other ways",
        edits: &[
            Property("24h: { description: Whether the clock goes on after noon., type: boolean }"),
            Property("realName: { description: In camel case., type: string }"),
            Property("home-page: { description: With a dash., type: string }"),
            Property("X.Y: { description: With a point., type: string }"),
            Property(
                "rank: { description: The place., type: string, enum: [1st, 2nd, in-between, \"3 or more\", \"\"] }",
            ),
        ],
        uses: r###"
            let user = user(r##""24h":true,"realName":"a","home-page":"b","X.Y":"c","rank":"1st""##);
            assert_eq!((user.n24h, user.real_name.as_deref(), user.home_page.as_deref(), user.x_y.as_deref()), (Some(true), Some("a"), Some("b"), Some("c")));
            assert_eq!(user.rank, Some(models::ConnectedUserRank::N1st));
            assert_eq!(models::ConnectedUserRank::from("3 or more"), models::ConnectedUserRank::N3OrMore);
        "###,
    },
    Good {
        what: "descriptions with all that a comment could stumble over",
        edits: &[
            Schema(
                "Odd:\n  type: object\n  description: |\n    Grüße: \"quoted\" */ /* 'single' \\ back, <b>bold</b>, [link](/methods/x), [brackets], `code`, {{braces}}, #[attr], \\u{202e}, 日本語 🎉\n\n    ```json\n    {\"fenced\": [1]}\n    ```\n    # a heading\n    * a list\n    https://example.com/bare?x=<y>\n\n        indented\n  properties:\n    odd: { type: string, description: \"*/ \\\"#### ```\\n/// //! \\t\\0 `unbalanced\" }\n    odder: { type: string, enum: [a, b], description: \"{{{x}}} {{/vars}} $crate r#\\\"\\\"#\", x-enum-descriptions: [\"*/ ``` <x>\", \"[a][b] \\\\\"] }",
            ),
            Property(
                "odd: { description: \"Odd: */ ``` \\\" <T>\", allOf: [{ $ref: \"#/components/schemas/Odd\" }] }",
            ),
            Parameter(
                "- { name: odd, in: query, description: \"*/ ``` \\\" <T> {{x}} [y]\", schema: { type: string } }",
            ),
        ],
        uses: r###"assert_eq!(user(r##""odd":{"odd":"x"}"##).odd.unwrap().odd.as_deref(), Some("x"));"###,
    },
    Good {
        what: "what is deprecated",
        edits: &[
            Property("skype: { description: An old one., type: string, deprecated: true }"),
            Parameter(
                "- { name: old_way, in: query, description: An old one., deprecated: true, schema: { type: string } }",
            ),
            Path(operation!(
                "/team.old",
                "get",
                "    operationId: team_old\n    tags: [probe]\n    deprecated: true\n"
            )),
        ],
        uses: r###"
            #[expect(deprecated)]
            let skype = user(r##""skype":"x""##).skype;
            assert_eq!(skype.as_deref(), Some("x"));
            #[expect(deprecated)]
            let _call = client().team_old();
            #[allow(deprecated)]
            let _call = client().rtm_connect().old_way("x");
        "###,
    },
    Good {
        what: "numbers by their formats",
        edits: &[
            Property("small: { description: Small., type: integer, format: int32 }"),
            Property("large: { description: Large., type: integer, format: int64, minimum: 0 }"),
            Property("ratio: { description: A part., type: number, format: double }"),
            Property("rough: { description: Roughly., type: number, format: float }"),
            Property(
                "whole: { description: Bounded., type: integer, minimum: -5, maximum: 9223372036854775807, default: 3 }",
            ),
        ],
        uses: r###"
            let user = user(r##""small":1,"large":9007199254740993,"ratio":0.5,"whole":"-2""##);
            let small: Option<i32> = user.small;
            assert_eq!((small, user.large, user.ratio, user.whole), (Some(1), Some(9_007_199_254_740_993), Some(0.5), Some(-2)));
        "###,
    },
    Good {
        what: "types that hold themselves",
        edits: &[
            Schema(
                "Tree:\n  type: object\n  description: A node.\n  properties:\n    left: { description: The left one., allOf: [{ $ref: \"#/components/schemas/Tree\" }] }\n    children: { description: All., type: array, items: { $ref: \"#/components/schemas/Tree\" } }\n    forest: { description: By name., allOf: [{ $ref: \"#/components/schemas/Forest\" }] }\nForest:\n  type: object\n  description: Trees.\n  required: [first]\n  properties:\n    first: { description: The first., allOf: [{ $ref: \"#/components/schemas/Tree\" }] }",
            ),
            Property("tree: { description: A tree., allOf: [{ $ref: \"#/components/schemas/Tree\" }] }"),
        ],
        uses: r###"
            let tree = user(r##""tree":{"left":{"left":{}},"children":[{}],"forest":{"first":{}}}"##).tree.unwrap();
            assert!(tree.left.unwrap().left.is_some() && tree.children.unwrap().len() == 1);
        "###,
    },
];
