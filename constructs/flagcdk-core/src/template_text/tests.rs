use serde_json::{Value as Json, json};

use super::*;

fn value(yaml: &str) -> Json {
    let mut template = parse(&format!("X: {yaml}\n")).unwrap_or_else(|error| panic!("{yaml}: {error}"));
    template["X"].take()
}

fn problems(text: &str) -> Vec<String> {
    let error = parse(text).expect_err(text);
    error.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn words_mean_what_they_mean_to_cloudformation() {
    let check = |yaml: &str, expected: Json| assert_eq!(value(yaml), expected, "{yaml}");
    for text in [
        "Yes",
        "no",
        "On",
        "off",
        "y",
        "N",
        "012345678901",
        "0123",
        "1.10",
        "0x1F",
        "0o17",
        "1e3",
        "+5",
        ".5",
        "-0",
        "2012-10-17",
        "2010-09-09",
        "12:30:45",
        "1_000",
        ".inf",
        ".nan",
        "AWS::SQS::Queue",
        "10.0.0.0/16",
        "99999999999999999999",
        "NaN",
        "-x",
    ] {
        check(text, json!(text));
    }
    for number in ["0", "-1", "30", "123456789012", "0.5", "1.5", "-0.25"] {
        check(number, number.parse::<serde_json::Number>().unwrap().into());
    }
    check("true", json!(true));
    check("FALSE", json!(false));
    check("", Json::Null);
    check("~", Json::Null);
    check("'true'", json!("true"));
    check("\"30\"", json!("30"));
    check("!!str 30", json!("30"));
    check("!!int '30'", json!(30));
    check("! 30", json!("30"));
    check("|\n  a\n  b\n", json!("a\nb\n"));
    check(">-\n  a\n  b\n", json!("a b"));
    check("{ 200: ok, On: x, true: y, ~: z }", json!({ "200": "ok", "On": "x", "true": "y", "~": "z" }));
}

#[test]
fn short_forms_are_written_out() {
    let check = |yaml: &str, expected: Json| assert_eq!(value(yaml), expected, "{yaml}");
    check("!Ref Queue", json!({ "Ref": "Queue" }));
    check("!Ref AWS::Region", json!({ "Ref": "AWS::Region" }));
    check("!Condition IsHome", json!({ "Condition": "IsHome" }));
    check("!GetAtt Queue.Arn", json!({ "Fn::GetAtt": ["Queue", "Arn"] }));
    check("!GetAtt Nested.Outputs.Url", json!({ "Fn::GetAtt": ["Nested", "Outputs.Url"] }));
    check("{ Fn::GetAtt: Queue.Arn }", json!({ "Fn::GetAtt": ["Queue", "Arn"] }));
    check("!GetAtt [Queue, Arn]", json!({ "Fn::GetAtt": ["Queue", "Arn"] }));
    check("!Sub 'a-${B}'", json!({ "Fn::Sub": "a-${B}" }));
    check("!Sub 123", json!({ "Fn::Sub": "123" }));
    check("!Sub ['${A}', { A: !Ref B }]", json!({ "Fn::Sub": ["${A}", { "A": { "Ref": "B" } }] }));
    check("!Sub\n  - '${A}'\n  - A: 1\n", json!({ "Fn::Sub": ["${A}", { "A": 1 }] }));
    check("!If [C, !Ref A, !Ref AWS::NoValue]", json!({ "Fn::If": ["C", { "Ref": "A" }, { "Ref": "AWS::NoValue" }] }));
    check("!Equals [!Ref A, '']", json!({ "Fn::Equals": [{ "Ref": "A" }, ""] }));
    check(
        "!And [!Condition A, !Not [!Condition B]]",
        json!({ "Fn::And": [
        { "Condition": "A" }, { "Fn::Not": [{ "Condition": "B" }] },
    ] }),
    );
    check("!Select [0, !GetAZs '']", json!({ "Fn::Select": [0, { "Fn::GetAZs": "" }] }));
    check("!Cidr [!GetAtt Vpc.CidrBlock, 6, 8]", json!({ "Fn::Cidr": [{ "Fn::GetAtt": ["Vpc", "CidrBlock"] }, 6, 8] }));
    check("!Base64\n  Fn::Sub: x\n", json!({ "Fn::Base64": { "Fn::Sub": "x" } }));
    check("!Base64 |\n  #!/bin/sh\n  true\n", json!({ "Fn::Base64": "#!/bin/sh\ntrue\n" }));
    check("!FindInMap [M, !Ref AWS::Region, K]", json!({ "Fn::FindInMap": ["M", { "Ref": "AWS::Region" }, "K"] }));
    check(
        "!Transform { Name: M, Parameters: { A: 1 } }",
        json!({ "Fn::Transform": { "Name": "M", "Parameters": { "A": 1 } } }),
    );
    check("!ToJsonString { A: !Ref B }", json!({ "Fn::ToJsonString": { "A": { "Ref": "B" } } }));
    check("!Length [1, 2]", json!({ "Fn::Length": [1, 2] }));
    check("!ImportValue\n  Fn::Sub: '${A}-x'\n", json!({ "Fn::ImportValue": { "Fn::Sub": "${A}-x" } }));
    check("!Join ['', [a, !Ref B]]", json!({ "Fn::Join": ["", ["a", { "Ref": "B" }]] }));
    check(
        "{ 'Fn::ForEach::Topics': [T, [A, B], { 'Topic${T}': { Type: 'AWS::SNS::Topic' } }] }",
        json!({ "Fn::ForEach::Topics": ["T", ["A", "B"], { "Topic${T}": { "Type": "AWS::SNS::Topic" } }] }),
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let check = |text: &str, expected: &[&str]| assert_eq!(problems(text), expected, "{text}");
    check("A: 1\nB: 2\nA: 3\n", &["line 3, column 1: the key `A` is given twice, first in line 1"]);
    check("{\"A\": 1,\n \"A\": 2}", &["line 2, column 4: the key `A` is given twice"]);
    check(
        "A: !Fub x\nB: !Reff\n  C: 1\nC: *x\n",
        &[
            "line 1, column 4: `!Fub` is no short form of an intrinsic function",
            "line 2, column 4: `!Reff` is no short form of an intrinsic function",
            "line 4, column 4: CloudFormation takes no aliases of YAML",
        ],
    );
    check(
        "A: !GetAtt Queue\n",
        &["line 1, column 4: `!GetAtt` wants `LogicalId.Attribute` or a list of both, got a text"],
    );
    check("A: !Ref [x]\n", &["line 1, column 4: `!Ref` wants a logical id, got a list"]);
    check(
        "A: &x { B: 1 }\nC:\n  <<: *x\n",
        &[
            "line 3, column 3: CloudFormation takes no merge keys (`<<`) of YAML",
            "line 3, column 7: CloudFormation takes no aliases of YAML",
        ],
    );
    check("A: 1\n---\nB: 2\n", &["line 2, column 1: the text has a second document"]);
    check("", &["line 1, column 1: a template is an object, got nothing"]);
    check("- a\n", &["line 1, column 1: a template is an object, got a list"]);
    check("? [a]\n: b\n", &["line 1, column 3: a key has to be a plain text"]);
    check(
        "A: !!binary aGk=\n",
        &["line 1, column 4: `!tag:yaml.org,2002:binary` is no short form of an intrinsic function"],
    );
    assert!(problems("A: [1, 2\nB: 3\n")[0].starts_with("line 2"), "{:?}", problems("A: [1, 2\nB: 3\n"));
    check(
        "{\"A\": 1
\"B\"}",
        &["line 2, column 1: expected `,` or `}`"],
    );
    check(
        "A: !ref B\nC: !Fn::Sub x\nD: !Fn::Nope x\n",
        &[
            "line 1, column 4: `!ref` is no short form of an intrinsic function, `!Ref` is one",
            "line 2, column 4: `!Fn::Sub` is no short form of an intrinsic function, `!Sub` is one",
            "line 3, column 4: `!Fn::Nope` is no short form of an intrinsic function",
        ],
    );
    check(
        "A: ! Ref B\nC: !\nD: !Ref\nE: !Sub\nF: ! 'Ref B'\nG: ! \"Ref\"\nH: ! Refer\n",
        &[
            "line 1, column 4: a lone `!` calls no function, it makes a text of `Ref …`",
            "line 2, column 4: a lone `!` calls no function",
            "line 3, column 4: `!Ref` wants a logical id, got nothing",
            "line 4, column 4: `!Sub` wants a text or a list, got nothing",
        ],
    );
    let two = "a short form cannot stand right behind another one";
    check(
        "A: !Base64 !Sub x
",
        &[&format!("line 1, column 12: {two}")],
    );
    check(
        "A: !ImportValue
  !Sub x
",
        &[&format!("line 2, column 3: {two}")],
    );
    let deep = format!("A: {}1{}", "[".repeat(200), "]".repeat(200));
    assert!(problems(&deep)[0].contains("nested deeper than 128"), "{:?}", problems(&deep));
    let deep = format!("{{\"A\": {}1{}}}", "[".repeat(200), "]".repeat(200));
    assert!(problems(&deep)[0].contains("nested deeper than 128"), "{:?}", problems(&deep));
}

#[test]
fn json_and_flow_mappings_are_read_too() {
    let expected = json!({ "A": [1, 2.5, "x", null, true], "B": { "C": "\u{1F600}" } });
    assert_eq!(
        parse("\u{feff}{\"A\":\t[1, 2.5, \"x\", null, true], \"B\": {\"C\": \"\\ud83d\\ude00\"}}").unwrap(),
        expected
    );
    assert_eq!(parse("{ A: !Ref B }").unwrap(), json!({ "A": { "Ref": "B" } }));
    assert_eq!(parse("---\r\n# A comment.\r\nA: b\r\n...\r\n").unwrap(), json!({ "A": "b" }));
}

#[test]
fn no_text_makes_the_reader_panic() {
    let text = "A: !Sub ['${B}', { B: !GetAtt C.D }]\nE:\n  - !If [x, \"y\", |\n    z\n";
    for start in 0..text.len() {
        for end in start..text.len() {
            let _ = parse(&text[start..end]);
        }
    }
}
