//! Every template of the shipped app as a plain stack of ministack.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use flagcdk_assembly::{Assembly, Region, StackEntry};
use flagcdk_engine::{Cloud, Desired, Inputs, ObjectRequest, StackRequest, TemplateSource, sha256};
use flagcdk_stacks::{Config, app_with};
use serde_json::{Value as Json, json};

use crate::server::Server;

/// Types that ministack 1.5 does not have. Nothing in the templates refers to them but `DependsOn`, so they are left out.
const UNKNOWN_TYPES: [&str; 5] = [
    "AWS::EC2::FlowLog",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::ServiceLinkedRole",
];

const BUCKET: &str = "templates";

#[tokio::test]
async fn every_template_makes_a_stack() {
    let server = Server::start("ministack", |command, port| {
        command.env("GATEWAY_PORT", port.to_string()).env("BIND_HOST", "127.0.0.1").env("IOT_MTLS_ENABLED", "0");
    });
    let home = Region::US_EAST_1;
    let cloud = server.connect(home).await;
    let bucket =
        json!({ "Resources": { "Templates": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": BUCKET } } } });
    create(&cloud, home, BUCKET, TemplateSource::Body(bucket.to_string()), &BTreeMap::new(), &[]).await;

    let assembly = app_with(&Config::new("dev")).synth().unwrap();
    let mut inputs = Inputs {
        asset_keys: assembly.manifest.assets.iter().map(|asset| (asset.id.clone(), "code.zip".to_owned())).collect(),
        ..Inputs::default()
    };
    let mut left_out = BTreeSet::new();
    for stack in &assembly.manifest.stacks {
        let template = known(&assembly, stack, &inputs, &mut left_out);
        let url = upload(&cloud, home, &server.endpoint_url, &stack.id, &template).await;
        let parameters = Desired::of(&assembly, stack, &inputs).0.parameters;
        let outputs =
            create(&cloud, home, &stack.name, TemplateSource::Url(url), &parameters, &stack.capabilities).await;
        inputs.outputs.insert(stack.id.clone(), outputs);
    }
    assert_eq!(left_out.into_iter().collect::<Vec<_>>(), UNKNOWN_TYPES);
}

/// The template without what ministack does not know.
fn known(assembly: &Assembly, stack: &StackEntry, inputs: &Inputs, left_out: &mut BTreeSet<String>) -> String {
    let template = Desired::of(assembly, stack, inputs).0.template;
    let mut template: Json = serde_json::from_str(&template).unwrap();
    let resources = template["Resources"].as_object_mut().unwrap();
    let mut gone = BTreeSet::new();
    resources.retain(|id, resource| {
        let kind = resource["Type"].as_str().unwrap();
        let known = !UNKNOWN_TYPES.contains(&kind);
        if !known {
            left_out.insert(kind.to_owned());
        }
        // Nor does it have alarms on calculations.
        let stays = known && resource["Properties"]["Metrics"].is_null();
        if !stays {
            gone.insert(id.clone());
        }
        stays
    });
    for resource in resources.values_mut() {
        if let Some(depends_on) = resource.get_mut("DependsOn").and_then(Json::as_array_mut) {
            depends_on.retain(|id| !gone.contains(id.as_str().unwrap()));
        }
    }
    without_dns_entries(&mut template);
    template.to_string()
}

/// An interface endpoint of ministack has no `DnsEntries`.
fn without_dns_entries(json: &mut Json) {
    if json["Fn::GetAtt"][1] == "DnsEntries" {
        *json = json!(["Z1:endpoint.example"]);
    }
    match json {
        Json::Array(items) => items.iter_mut().for_each(without_dns_entries),
        Json::Object(entries) => entries.values_mut().for_each(without_dns_entries),
        _ => {}
    }
}

async fn upload(cloud: &impl Cloud, region: Region, endpoint_url: &str, id: &str, template: &str) -> String {
    let owner = cloud.identity().await.unwrap().account;
    let (body, key) = (template.as_bytes(), format!("{id}.json"));
    let digest = sha256(body);
    let object = ObjectRequest { bucket: BUCKET, owner: &owner, key: &key, body, sha256: &digest, replace: false };
    cloud.put_object(region, &object).await.unwrap();
    format!("{endpoint_url}/{BUCKET}/{key}")
}

/// Creates a stack, waits for it and gives its outputs.
async fn create(
    cloud: &impl Cloud,
    region: Region,
    name: &str,
    template: TemplateSource,
    parameters: &BTreeMap<String, String>,
    capabilities: &[flagcdk_assembly::Capability],
) -> BTreeMap<String, String> {
    let request = StackRequest {
        name: name.to_owned(),
        template,
        parameters: parameters.clone(),
        tags: BTreeMap::new(),
        capabilities: capabilities.to_vec(),
        token: name.to_owned(),
    };
    cloud.create_stack(region, &request).await.unwrap();
    loop {
        let state = cloud.stack(region, name).await.unwrap().unwrap();
        if state.status == "CREATE_COMPLETE" {
            return state.outputs;
        }
        assert_eq!(state.status, "CREATE_IN_PROGRESS", "{name}: {:?}", state.reason);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
