//! The functions with the environment and the role that the template gives them: the role allows what they ask AWS for, and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};

use flag_laboratory::{Certificates, Guard, Lambda, Permission, RecordingServer, Redis, Started};
use flagcdk_stacks::{Config, app_with};
use serde_json::{Value, json};

use crate::{bootstrap, start};
use flag_laboratory::flags::{batch, message, queued, switch, write};

const HOME: &str = "us-east-1";
const AWAY: &str = "eu-west-1";
const ACCOUNT: &str = "111122223333";

/// What Lambda itself does with the role of a function, and why. The functions' own code asks for none of it.
const BY_LAMBDA: &[(&str, &str)] = &[
    ("ec2:AssignPrivateIpAddresses", "Lambda puts the function into the network"),
    ("ec2:CreateNetworkInterface", "Lambda puts the function into the network"),
    ("ec2:DeleteNetworkInterface", "Lambda puts the function into the network"),
    ("ec2:DescribeNetworkInterfaces", "Lambda puts the function into the network"),
    ("ec2:DescribeSubnets", "Lambda puts the function into the network"),
    ("ec2:UnassignPrivateIpAddresses", "Lambda puts the function into the network"),
    ("logs:CreateLogStream", "Lambda writes the log"),
    ("logs:PutLogEvents", "Lambda writes the log"),
    ("sqs:GetQueueAttributes", "whoever may send to a queue may look at it; and Lambda looks at a queue that it reads"),
    ("sqs:SendMessage", "Lambda sends events and records that failed to the dead-letter queues"),
    ("xray:PutTelemetryRecords", "Lambda traces the function"),
    ("xray:PutTraceSegments", "Lambda traces the function"),
];

/// What event sources do with the role of a function.
const BY_EVENT_SOURCE: &[(&str, &[&str])] = &[
    ("FunctionsCacheUpdater", &["sqs:DeleteMessage", "sqs:ReceiveMessage"]),
    (
        "FunctionsValidator",
        &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
    ),
];

/// What a service does with the key of what it is asked for, on behalf of whoever asks: by which service, and the actions.
/// The services' protocols do not show it.
const BY_WAY_OF: &[&str] = &["dynamodb", "secretsmanager", "sns", "sqs"];

/// A function, as the template has it in a region.
struct Deployed<'t> {
    resources: &'t Value,
    id: &'static str,
    region: &'static str,
}

/// Something that a role allows.
#[derive(Debug)]
struct Rule {
    action: String,
    resource: String,
    conditions: BTreeMap<String, String>,
}

impl Deployed<'_> {
    fn properties(&self) -> &Value {
        &self.resources[self.id]["Properties"]
    }

    /// A value as CloudFormation resolves it. What is known only after a deployment gets a name of its own.
    fn resolve(&self, value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Object(function) => match function.iter().next().unwrap() {
                (name, Value::String(of)) if name == "Ref" => self.reference(of),
                (name, Value::Array(of)) if name == "Fn::GetAtt" => {
                    self.attribute(of[0].as_str().unwrap(), of[1].as_str().unwrap())
                }
                (name, Value::String(text)) if name == "Fn::Sub" => {
                    let mut parts = text.split("${");
                    let mut resolved = parts.next().unwrap().to_owned();
                    for part in parts {
                        let (name, rest) = part.split_once('}').unwrap();
                        resolved += &match name.split_once('.') {
                            Some((of, attribute)) => self.attribute(of, attribute),
                            None => self.reference(name),
                        };
                        resolved += rest;
                    }
                    resolved
                }
                (name, of) => format!("{name} {of}"),
            },
            other => panic!("not a value: {other}"),
        }
    }

    fn reference(&self, name: &str) -> String {
        match name {
            "AWS::Region" => self.region.to_owned(),
            "AWS::AccountId" => ACCOUNT.to_owned(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            other => format!("arn:aws:any:{}:{ACCOUNT}:{other}", self.region),
        }
    }

    fn attribute(&self, of: &str, attribute: &str) -> String {
        match attribute {
            "Arn" | "TopicArn" => self.reference(of),
            other => format!("{of}.{other}"),
        }
    }

    /// What its role allows.
    fn rules(&self) -> Vec<Rule> {
        let role = self.properties()["Role"]["Fn::GetAtt"][0].as_str().unwrap();
        let own = self.resources[role]["Properties"]["Policies"].as_array().unwrap();
        let added = self.resources.as_object().unwrap().values().filter(|resource| {
            resource["Type"] == "AWS::IAM::RolePolicy" && resource["Properties"]["RoleName"]["Ref"] == role
        });
        let policies = own.iter().chain(added.map(|resource| &resource["Properties"]));
        let mut rules = Vec::new();
        for statement in policies.flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])) {
            // What is denied is denied to the function's code, of what Lambda needs.
            if statement["Effect"] == "Deny" {
                assert!(list(&statement["Action"]).iter().all(|action| is_by_lambda(action.as_str().unwrap())));
                continue;
            }
            let mut conditions = BTreeMap::new();
            for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
                assert!(["StringEquals", "ForAnyValue:StringEquals"].contains(&operator.as_str()), "{operator}");
                conditions
                    .extend(keys.as_object().unwrap().iter().map(|(key, value)| (key.clone(), self.resolve(value))));
            }
            for action in list(&statement["Action"]) {
                for resource in list(&statement["Resource"]) {
                    let (action, resource) = (self.resolve(action), self.resolve(resource));
                    rules.push(Rule { action, resource, conditions: conditions.clone() });
                }
            }
        }
        rules
    }

    /// The function as a process, with the variables of the template. Only addresses are of this machine.
    async fn start(&self, addresses: &[(&str, &str)]) -> Lambda {
        let properties = self.properties();
        let variables = properties["Environment"]["Variables"].as_object().unwrap();
        let mut environment: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| (name.clone(), self.resolve(value))).collect();
        environment.insert("AWS_REGION".to_owned(), self.region.to_owned());
        environment.extend(addresses.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let environment: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        start(properties["Handler"].as_str().unwrap(), &environment).await
    }

    fn table(&self) -> String {
        self.resolve(&self.properties()["Environment"]["Variables"]["FLAG_TABLE"])
    }
}

impl Rule {
    fn allows(&self, permission: &Permission) -> bool {
        let holds = |(key, value): (&String, &String)| permission.context.get(key) == Some(value);
        // Which domain a document goes to is in the address, not in the call.
        let resource = match permission.resource.strip_prefix('/') {
            Some(path) => {
                format!("arn:aws:any:{}:{ACCOUNT}:AuditDomain/{path}", permission.context["aws:RequestedRegion"])
            }
            None => permission.resource.clone(),
        };
        matches(&self.action, &permission.action)
            && matches(&self.resource, &resource)
            && self.conditions.iter().all(holds)
    }

    /// Whether it is there for somebody else than the function's code.
    fn is_for_others(&self, function: &str) -> bool {
        let by_source = BY_EVENT_SOURCE.iter().find(|(of, _)| *of == function).map_or(&[][..], |(_, actions)| actions);
        let way = |service: &&str| {
            self.conditions.get("kms:ViaService").is_some_and(|via| via.starts_with(&format!("{service}.")))
        };
        is_by_lambda(&self.action)
            || by_source.contains(&self.action.as_str())
            || (self.action.starts_with("kms:") && BY_WAY_OF.iter().any(way))
    }
}

fn is_by_lambda(action: &str) -> bool {
    BY_LAMBDA.iter().any(|(of, _)| *of == action)
}

/// Whether a text is of a pattern with `*`.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| matches(rest, &text[at..]))
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

fn resources() -> Value {
    let assembly = app_with(&Config::new("dev")).synth().unwrap();
    let template: Value = serde_json::from_str(assembly.template("Regional")).unwrap();
    template["Resources"].clone()
}

/// What a function asked for in the home region and elsewhere, against its role.
fn check(function: &str, runs: &[(&Deployed<'_>, BTreeSet<Permission>)]) {
    for (deployed, asked) in runs {
        let rules = deployed.rules();
        for permission in asked {
            let is_allowed = rules.iter().any(|rule| rule.allows(permission));
            assert!(is_allowed, "{function} in {} is not allowed {permission:?}; it is: {rules:#?}", deployed.region);
        }
    }
    // One template is for all regions: what is done in one of them may be allowed in all.
    let home = runs.iter().find(|(deployed, _)| deployed.region == HOME).unwrap();
    let unused: Vec<Rule> = home
        .0
        .rules()
        .into_iter()
        .filter(|rule| !rule.is_for_others(function) && !home.1.iter().any(|permission| rule.allows(permission)))
        .collect();
    assert!(unused.is_empty(), "{function} is allowed what it never does: {unused:#?}");
}

fn asked(server: &RecordingServer) -> BTreeSet<Permission> {
    server.calls().iter().flat_map(flag_laboratory::Call::permissions).collect()
}

#[tokio::test]
async fn the_validator_may_do_what_it_does_and_no_more() {
    let resources = resources();
    let [home, away] = [HOME, AWAY].map(|region| Deployed { resources: &resources, id: "FunctionsValidator", region });
    let mut runs = Vec::new();
    for deployed in [&home, &away] {
        let server = RecordingServer::start().await;
        let addresses = [("AWS_ENDPOINT_URL", server.url()), ("AWS_ENDPOINT_URL_DYNAMODB", server.url())];
        let mut lambda = deployed.start(&addresses).await;
        let mut bad = switch("checkout.a", 2, true);
        bad.owner = String::new();
        for flag in [switch("checkout.a", 1, true), bad, switch("checkout.a", 3, true)] {
            write(&server, &flag);
            let records = server.table(|table| table.records());
            assert_eq!(lambda.invoke(&batch(records)).await.failures(), [""; 0]);
        }
        let writes: Vec<String> =
            server.calls().iter().filter(|call| call.action == "UpdateItem").map(|call| call.region.clone()).collect();
        assert_eq!(writes, if deployed.region == HOME { vec![HOME; 2] } else { vec![] });
        runs.push((deployed, asked(&server)));
    }
    check("FunctionsValidator", &runs);
    // Nobody writes outside of the home region, whatever a function's code asks for.
    let write = |region: &str| Permission {
        action: "dynamodb:UpdateItem".to_owned(),
        resource: format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{}", home.table()),
        context: BTreeMap::from([("aws:RequestedRegion".to_owned(), region.to_owned())]),
    };
    assert!(home.rules().iter().any(|rule| rule.allows(&write(HOME))));
    assert!(!away.rules().iter().any(|rule| rule.allows(&write(HOME)) || rule.allows(&write(AWAY))));
}

#[tokio::test]
async fn the_rollback_may_do_what_it_does_and_no_more() {
    let resources = resources();
    let home = Deployed { resources: &resources, id: "FunctionsRollback", region: HOME };
    let server = RecordingServer::start().await;
    let addresses = [("AWS_ENDPOINT_URL_DYNAMODB", server.url()), ("OPENSEARCH_ENDPOINT", server.url())];
    let mut lambda = home.start(&addresses).await;
    for version in 1..=3 {
        write(&server, &switch("checkout.a", version, true));
    }
    for outcome in ["rolled_back", "already_rolled_back"] {
        let order = json!({ "flagId": "checkout.a", "version": 3, "executionId": "arn:aws:states:x:y:execution:a:b" });
        assert_eq!(lambda.invoke(&order).await.ok()["outcome"], outcome);
    }
    check("FunctionsRollback", &[(&home, asked(&server))]);
    let away = Deployed { resources: &resources, id: "FunctionsRollback", region: AWAY };
    let writes = |rule: &&Rule| ["dynamodb:PutItem", "dynamodb:UpdateItem"].contains(&rule.action.as_str());
    assert!(away.rules().iter().filter(writes).all(|rule| rule.conditions["aws:RequestedRegion"] == HOME));
}

#[tokio::test]
async fn the_cache_updater_may_do_what_it_does_and_no_more() {
    let resources = resources();
    let home = Deployed { resources: &resources, id: "FunctionsCacheUpdater", region: HOME };
    let server = RecordingServer::start().await;
    let guard = Guard::Tls { certificates: Certificates::new(), password: "p".to_owned() };
    let cache = Redis::start(guard).await;
    let Guard::Tls { certificates, .. } = cache.guard() else { panic!("it has a guard") };
    server.set_secret(&home.reference("CacheToken"), &json!({ "token": "p" }).to_string());
    let (port, authority) = (cache.port().to_string(), certificates.authority());
    let addresses = [
        ("AWS_ENDPOINT_URL", server.url()),
        ("REDIS_ENDPOINT", "localhost"),
        ("REDIS_PORT", &port),
        ("SSL_CERT_FILE", authority.to_str().unwrap()),
    ];
    let mut lambda = home.start(&addresses).await;
    assert_eq!(lambda.invoke(&batch([queued("1", &message("a", 1, true))])).await.failures(), [""; 0]);
    check("FunctionsCacheUpdater", &[(&home, asked(&server))]);
}

#[tokio::test]
async fn the_checker_may_do_nothing() {
    let resources = resources();
    let home = Deployed { resources: &resources, id: "FunctionsConsistencyChecker", region: HOME };
    let server = RecordingServer::start().await;
    let mut lambda = home.start(&[("AWS_ENDPOINT_URL", server.url())]).await;
    let event = json!({ "flagId": "f", "version": 2, "results": [], "executionId": "e" });
    assert_eq!(lambda.invoke(&event).await.ok()["outcome"], "unknown");
    check("FunctionsConsistencyChecker", &[(&home, asked(&server))]);
}

#[tokio::test]
async fn functions_are_told_what_they_ask_for_and_no_more() {
    // Without these a function does less, or as usual.
    let optional = ["AWS_ENDPOINT_URL_DYNAMODB", "EVENT_SOURCE", "REDIS_SECRET_ARN"];
    let resources = resources();
    for id in ["FunctionsValidator", "FunctionsRollback", "FunctionsCacheUpdater", "FunctionsConsistencyChecker"] {
        let properties = &resources[id]["Properties"];
        let mut lambda = Lambda::start(bootstrap(), properties["Handler"].as_str().unwrap(), &[]).await;
        let Started::Refused(failed) = lambda.started().await else {
            panic!("{id} starts without being told anything")
        };
        let asked: BTreeSet<&str> = failed.message.split('`').skip(1).step_by(2).collect();
        let variables = properties["Environment"]["Variables"].as_object().unwrap();
        let told: BTreeSet<&str> =
            variables.keys().map(String::as_str).filter(|name| !optional.contains(name)).collect();
        assert_eq!(told, asked, "{id}");
    }
}
