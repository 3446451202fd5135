//! Edits of commands, operations and what they send.

use super::Good;
use crate::edit::Edit::{File, Path, Property, Replace, Schema};
use crate::edit::{COMMANDS, SPEC, operation};

pub(super) const GOOD: &[Good] = &[
    Good {
        what: "a command",
        edits: &[
            Replace(COMMANDS, "    TickleCommand:\n", "    WaveCommand:\n      type: object\n      description: Waves.\n      required: [type, hand]\n      properties:\n        type: { type: string, enum: [wave] }\n        hand: { description: Which hand., type: string }\n      example: { type: wave, hand: left }\n    TickleCommand:\n"),
            Replace(COMMANDS, "        - $ref: \"#/components/schemas/TickleCommand\"\n", "        - $ref: \"#/components/schemas/TickleCommand\"\n        - $ref: \"#/components/schemas/WaveCommand\"\n"),
        ],
        uses: r###"
            let command = models::Command::from(models::WaveCommand::new("left"));
            assert_eq!(serde_json::to_string(&command).unwrap(), r##"{"type":"wave","hand":"left"}"##);
            assert!(models::Command::TYPES.contains(&"wave"));
        "###,
    },
    Good {
        what: "parameters of every type",
        edits: &[
            Path(operation!("/team.find", "get", "    operationId: team_find\n    tags: [probe]\n",
                "    parameters:\n      - { name: sort, in: query, description: By what., schema: { type: string, enum: [name, age] } }\n      - { name: level, in: query, required: true, description: How deep., schema: { $ref: \"#/components/schemas/Level\" } }\n      - { name: ids, in: query, description: Which., schema: { type: array, items: { $ref: \"#/components/schemas/DefsUserId\" } } }\n      - { name: limit, in: query, description: How many., schema: { type: integer, format: int32, default: 100 } }\n      - { name: ratio, in: query, description: How much., schema: { type: number } }\n      - { name: latest, in: query, description: Until when., schema: { $ref: \"#/components/schemas/Ts\" } }\n      - { name: exclude-archived, in: query, description: Whether., schema: { type: boolean } }\n")),
            Schema("Level: { type: string, description: How deep., enum: [low, high], x-enum-descriptions: [Shallow., Deep.] }"),
        ],
        uses: r###"
            let _call = client()
                .team_find(models::Level::High)
                .sort(models::TeamFindSort::Age)
                .ids(vec![models::UserId::new("U1")])
                .limit(5)
                .ratio(0.5)
                .latest("1700000000.000100")
                .exclude_archived(true);
        "###,
    },
    Good {
        what: "values with names and predicates of their own",
        edits: &[
            Schema("Sign:\n  type: string\n  description: A sign.\n  enum: [\"+\", \"-\"]\n  x-enum-varnames: [Plus, Minus]\n  x-enum-descriptions: [More., Less.]\n  x-enum-predicates: { is_more: { description: Whether it adds., values: [\"+\"] } }"),
            Property("sign: { description: The sign., allOf: [{ $ref: \"#/components/schemas/Sign\" }] }"),
        ],
        uses: r###"assert!(user(r##""sign":"+""##).sign.unwrap().is_more() && models::Sign::from("-") == models::Sign::Minus);"###,
    },
    Good {
        what: "objects without properties, raw JSON, and PHP's empty array",
        edits: &[
            Property("nothing: { description: Nothing., type: object, properties: {} }"),
            Property("anything: { description: Anything., allOf: [{ $ref: \"#/components/schemas/RawJson\" }] }"),
            Property("free: { description: An object of any kind., type: object }"),
            Property("meta: { description: Perhaps empty., x-php-empty: true, allOf: [{ $ref: \"#/components/schemas/ResponseMetadata\" }] }"),
        ],
        uses: r###"
            let user = user(r##""nothing":{},"anything":[1],"free":{"a":1},"meta":[]"##);
            assert!(user.nothing.is_some() && user.anything.is_some() && user.free.is_some() && user.meta.is_none());
        "###,
    },
    Good {
        what: "text that a server may leave out",
        edits: &[Schema(
            "Desk:\n  type: object\n  description: A desk.\n  required: [id, place]\n  properties:\n    id: { description: Its number., type: integer }\n    place: { description: Where it is., type: string, x-may-lack: true }",
        ), Property("seat: { description: The desk., allOf: [{ $ref: \"#/components/schemas/Desk\" }] }")],
        uses: r###"assert_eq!(user(r##""seat":{"id":1}"##).seat.unwrap(), models::Desk::new(1, ""));"###,
    },
    Good {
        what: "text by its formats and bounds",
        edits: &[
            Property("born: { description: The day., type: string, format: date }"),
            Property("seen: { description: The moment., type: string, format: date-time, default: \"2020-01-01T00:00:00Z\" }"),
            Property("page: { description: The page., type: string, format: uri, minLength: 1, maxLength: 5 }"),
        ],
        uses: r###"assert_eq!(user(r##""born":"2020-01-01","seen":"x","page":"y""##).page.unwrap(), "y");"###,
    },
    Good {
        what: "shared responses and parameters",
        edits: &[
            Replace(SPEC, "components:\n  securitySchemes:\n", "components:\n  responses:\n    Refused:\n      description: Slack refused the call.\n      content: { application/json: { schema: { $ref: \"#/components/schemas/ErrorResponse\" } } }\n  securitySchemes:\n"),
            Path("/team.shared:\n  parameters:\n    - { $ref: \"#/components/parameters/PresenceSub\" }\n  get:\n    operationId: team_shared\n    tags: [probe]\n    description: Shares.\n    responses:\n      \"200\":\n        description: An answer of its own.\n        content:\n          application/json:\n            schema:\n              type: object\n              required: [ok, members]\n              properties:\n                ok: { description: Always true., allOf: [{ $ref: \"#/components/schemas/DefsOkTrue\" }] }\n                members: { description: Everybody., type: array, items: { type: object, properties: { id: { description: Who., type: string } } } }\n      default: { $ref: \"#/components/responses/Refused\" }"),
        ],
        uses: r###"
            let _call = client().team_shared().presence_sub(true);
            let answer: models::TeamSharedResponse = models::decode(br##"{"ok":true,"members":[{"id":"U1"}]}"##).unwrap();
            assert_eq!(answer.members[0].id.as_deref(), Some("U1"));
        "###,
    },
    Good {
        what: "a path and a schema in a file of their own",
        edits: &[
            File("openapi/more/desks.yaml", b"openapi: 3.0.3\ninfo: { title: desks, version: \"1\" }\npaths:\n  /desks.list:\n    get:\n      operationId: desks_list\n      tags: [desks]\n      description: Lists desks.\n      responses:\n        \"200\": { description: Desks., content: { application/json: { schema: { $ref: \"#/components/schemas/Desks\" } } } }\n        default: { description: No., content: { application/json: { schema: { $ref: \"../slack-rtm.yaml#/components/schemas/ErrorResponse\" } } } }\ncomponents:\n  schemas:\n    Desks:\n      type: object\n      description: Desks.\n      properties: { example: { description: One of them., allOf: [{ $ref: \"../slack-rtm.yaml#/components/schemas/DefsUserId\" }] } }\n"),
            Path("/desks.list: { $ref: \"more/desks.yaml#/paths/~1desks.list\" }"),
        ],
        uses: r###"
            assert_eq!(known(&client().desks_list()), ("desks.list", "/desks.list"));
            assert_eq!(models::Desks::default().set_example("U1").example.unwrap(), "U1");
        "###,
    },
    Good {
        what: "names for lists, maps and numbers",
        edits: &[
            Schema("Names: { type: array, description: Names., items: { type: string } }\nScores: { type: object, description: Points by name., additionalProperties: { type: integer } }\nPoints: { type: integer, description: Points. }\nFlag: { type: boolean, description: Whether. }\nTeams: { type: array, description: Workspaces., items: { $ref: \"#/components/schemas/ConnectedTeam\" } }"),
            Property("names: { description: All., allOf: [{ $ref: \"#/components/schemas/Names\" }] }"),
            Property("scores: { description: All., allOf: [{ $ref: \"#/components/schemas/Scores\" }] }"),
            Property("points: { description: All., allOf: [{ $ref: \"#/components/schemas/Points\" }] }"),
            Property("flag: { description: All., allOf: [{ $ref: \"#/components/schemas/Flag\" }] }"),
            Property("all_teams: { description: All., allOf: [{ $ref: \"#/components/schemas/Teams\" }] }"),
        ],
        uses: r###"
            let user = user(r##""names":["a"],"scores":{"a":1},"points":5,"flag":1,"all_teams":[]"##);
            assert_eq!((user.names.unwrap()[0].as_str(), user.scores.unwrap()["a"], user.points, user.flag), ("a", 1, Some(5), Some(true)));
        "###,
    },
    Good {
        what: "many required fields",
        edits: &[
            Schema("Form:\n  type: object\n  description: Much to fill in.\n  required: [a, b, c, d, e, f, g, h, i]\n  properties:\n    a: { type: string, description: a }\n    b: { type: integer, description: b }\n    c: { type: boolean, description: c }\n    d: { type: array, items: { type: string }, description: d }\n    e: { type: object, additionalProperties: { type: string }, description: e }\n    f: { description: f, allOf: [{ $ref: \"#/components/schemas/Ts\" }] }\n    g: { description: g, allOf: [{ $ref: \"#/components/schemas/ConnectedTeam\" }] }\n    h: { description: h, allOf: [{ $ref: \"#/components/schemas/RawJson\" }] }\n    i: { type: string, enum: [x, y], description: i }"),
            Property("form: { description: A form., allOf: [{ $ref: \"#/components/schemas/Form\" }] }"),
        ],
        uses: r###"
            let form = user(r##""form":{"a":"1","b":2,"c":0,"d":[],"e":{},"f":"1.0","g":{"id":"T1","name":"x","domain":"y"},"h":null,"i":"x"}"##).form.unwrap();
            assert_eq!((form.a.as_str(), form.b, form.c, form.i), ("1", 2, false, models::FormI::X));
        "###,
    },
    Good {
        what: "one value that a field always has, in a nested object too",
        edits: &[Property("mark:\n  description: A mark.\n  type: object\n  required: [kind]\n  properties:\n    kind: { type: string, enum: [\"star mark\"] }\n    at: { type: integer, description: When. }")],
        uses: r###"assert_eq!(user(r##""mark":{"kind":"star mark"}"##).mark.unwrap().kind, "star mark");"###,
    },
    Good {
        what: "parameters in the path and in a header, and DELETE without an answer's body",
        edits: &[Path("/teams/{team}/desks/{desk}:\n  delete:\n    operationId: desks_remove\n    tags: [desks]\n    description: Removes.\n    parameters:\n      - { name: team, in: path, required: true, description: Which., schema: { $ref: \"#/components/schemas/DefsTeam\" } }\n      - { name: desk, in: path, required: true, description: Which., schema: { type: integer } }\n      - { name: X-Reason, in: header, description: Why., schema: { type: string } }\n    responses:\n      \"204\": { description: It is gone. }\n      default: { description: No., content: { application/json: { schema: { $ref: \"#/components/schemas/ErrorResponse\" } } } }")],
        uses: r###"
            let call = client().desks_remove("T1", 7).x_reason("moved");
            assert_eq!(known(&call).1, "/teams/{team}/desks/{desk}");
        "###,
    },
    Good {
        what: "PUT with a JSON body, and PATCH with a form",
        edits: &[
            Path(operation!("/desks.put", "put", "    operationId: desks_put\n    tags: [desks]\n",
                "    requestBody: { required: true, content: { application/json: { schema: { $ref: \"#/components/schemas/ConnectedTeam\" } } } }\n")),
            Path(operation!("/desks.patch", "patch", "    operationId: desks_patch\n    tags: [desks]\n",
                "    requestBody:\n      content:\n        application/x-www-form-urlencoded:\n          schema:\n            type: object\n            required: [desk]\n            properties: { desk: { type: string, description: Which. }, floor: { type: integer, description: Where. } }\n")),
        ],
        uses: r###"
            let _call = client().desks_put(models::ConnectedTeam::new("T1", "x", "y"));
            let _call = client().desks_patch("d").floor(2);
        "###,
    },
    Good {
        what: "a file in a multipart body",
        edits: &[Path(operation!("/files.send", "post", "    operationId: files_send\n    tags: [uploads]\n",
            "    requestBody:\n      content:\n        multipart/form-data:\n          schema:\n            type: object\n            properties: { content: { type: string, format: binary, description: The file. }, title: { type: string, description: Its name. } }\n"))],
        uses: r###"let _call = client().files_send().title("x");"###,
    },
    Good {
        what: "answers by their status",
        edits: &[Path("/desks.move:\n  post:\n    operationId: desks_move\n    tags: [desks]\n    description: Moves.\n    responses:\n      \"200\": { description: Done., content: { application/json: { schema: { $ref: \"#/components/schemas/ConnectedTeam\" } } } }\n      \"202\": { description: Later., content: { application/json: { schema: { $ref: \"#/components/schemas/ConnectedUser\" } } } }\n      default: { description: No., content: { application/json: { schema: { $ref: \"#/components/schemas/ErrorResponse\" } } } }")],
        uses: "let _call = client().desks_move();",
    },
    Good {
        what: "an operation with an answer of one field",
        edits: &[Path("/desks.count:\n  get:\n    operationId: desks_count\n    tags: [desks]\n    description: Counts.\n    responses:\n      \"200\": { description: So many., content: { application/json: { schema: { type: object, required: [count], properties: { count: { type: integer, description: So many. } } } } } }\n      default: { description: No., content: { application/json: { schema: { $ref: \"#/components/schemas/ErrorResponse\" } } } }")],
        uses: r###"
            let _call = client().desks_count();
            assert_eq!(models::DesksCountResponse::new(3).count, 3);
        "###,
    },
];
