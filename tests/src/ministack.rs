//! Every template of the shipped app as a plain stack of ministack.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use flagcdk_assembly::{Assembly, Capability, LookUpKind, Region, StackEntry};
use flagcdk_aws::AwsCloud;
use flagcdk_engine::{Cloud, Desired, Inputs, LookUpPlace, ObjectRequest, StackRequest, TemplateSource, sha256};
use serde_json::{Value as Json, json};

/// Types that ministack 1.5 does not have. Nothing in the templates refers to them but `DependsOn`, so they are left out.
pub const UNKNOWN_TYPES: [&str; 5] = [
    "AWS::EC2::FlowLog",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::ServiceLinkedRole",
];

const BUCKET: &str = "templates";
const ASSET: &str = "assets/code.zip";

/// Deploys an app's stacks to its home region, one after another, with `code` as the zip file of every asset if there is one.
/// `adapt` may change each template first. Gives the types that were left out.
///
/// # Panics
///
/// If a stack is not made.
pub async fn deploy(
    cloud: &AwsCloud,
    endpoint_url: &str,
    assembly: &Assembly,
    code: Option<&[u8]>,
    adapt: impl Fn(&mut Json),
) -> BTreeSet<String> {
    let home = assembly.manifest.home_region;
    make_bucket(cloud, home, BUCKET).await;
    let account = cloud.identity().await.expect("the emulator has an identity").account;
    if let Some(code) = code {
        let bucket = format!("flagcdk-assets-{account}-{home}");
        make_bucket(cloud, home, &bucket).await;
        upload(cloud, home, &bucket, ASSET, code).await;
    }
    let mut inputs = Inputs {
        asset_keys: assembly.manifest.assets.iter().map(|asset| (asset.id.clone(), ASSET.to_owned())).collect(),
        ..Inputs::default()
    };
    let mut left_out = BTreeSet::new();
    for stack in &assembly.manifest.stacks {
        look_up(cloud, home, assembly, stack, &mut inputs).await;
        let mut template = known(assembly, stack, &inputs, &mut left_out);
        if let Some(conditions) = template.get_mut("Conditions") {
            in_region(conditions, home);
        }
        adapt(&mut template);
        let key = format!("{}.json", stack.id);
        upload(cloud, home, BUCKET, &key, template.to_string().as_bytes()).await;
        let url = TemplateSource::Url(format!("{endpoint_url}/{BUCKET}/{key}"));
        let parameters = Desired::of(assembly, stack, &inputs).0.parameters;
        let outputs = create(cloud, home, &stack.name, url, &parameters, &stack.capabilities).await;
        inputs.outputs.insert(stack.id.clone(), outputs);
    }
    left_out
}

/// What differs by region, as the engine finds it out.
async fn look_up(cloud: &AwsCloud, region: Region, assembly: &Assembly, stack: &StackEntry, inputs: &mut Inputs) {
    for look_up in &stack.look_ups {
        let LookUpKind::DynamodbStream { .. } = &look_up.kind else { panic!("an unknown look-up: {look_up:?}") };
        let table = format!("{}-flags", assembly.manifest.app);
        let stream = cloud.table_stream(region, &table).await.expect("the emulator answers");
        let stream = stream.unwrap_or_else(|| panic!("the table `{table}` has no stream"));
        let (mapping, key) = (look_up.mapping.clone(), look_up.key.clone());
        let place = LookUpPlace { stack: stack.id.clone(), mapping, key };
        inputs.look_ups.insert(place, BTreeMap::from([(region, stream)]));
    }
}

/// The template without what ministack does not know.
fn known(assembly: &Assembly, stack: &StackEntry, inputs: &Inputs, left_out: &mut BTreeSet<String>) -> Json {
    let template = Desired::of(assembly, stack, inputs).0.template;
    let mut template: Json = serde_json::from_str(&template).expect("templates are JSON");
    let resources = template["Resources"].as_object_mut().expect("a template has resources");
    let mut gone = BTreeSet::new();
    resources.retain(|id, resource| {
        let kind = resource["Type"].as_str().expect("a resource has a type");
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
            depends_on.retain(|id| id.as_str().is_some_and(|id| !gone.contains(id)));
        }
    }
    without_dns_entries(&mut template);
    template
}

/// An interface endpoint of ministack has no `DnsEntries`.
fn without_dns_entries(json: &mut Json) {
    if json["Fn::GetAtt"][1] == "DnsEntries" {
        *json = json!(["Z1:endpoint.example"]);
    }
    children(json, without_dns_entries);
}

/// ministack does not know `AWS::Region` in conditions.
fn in_region(json: &mut Json, region: Region) {
    if *json == json!({ "Ref": "AWS::Region" }) {
        *json = region.to_string().into();
    }
    children(json, |json| in_region(json, region));
}

fn children(json: &mut Json, each: impl FnMut(&mut Json)) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(each),
        Json::Object(entries) => entries.values_mut().for_each(each),
        _ => {}
    }
}

async fn make_bucket(cloud: &AwsCloud, region: Region, name: &str) {
    let bucket =
        json!({ "Resources": { "Bucket": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": name } } } });
    create(cloud, region, name, TemplateSource::Body(bucket.to_string()), &BTreeMap::new(), &[]).await;
}

async fn upload(cloud: &AwsCloud, region: Region, bucket: &str, key: &str, body: &[u8]) {
    let owner = cloud.identity().await.expect("the emulator has an identity").account;
    let digest = sha256(body);
    let object = ObjectRequest { bucket, owner: &owner, key, body, sha256: &digest, replace: false };
    cloud.put_object(region, &object).await.unwrap_or_else(|error| panic!("`{key}` is not uploaded: {error}"));
}

/// Creates a stack, waits for it and gives its outputs.
async fn create(
    cloud: &AwsCloud,
    region: Region,
    name: &str,
    template: TemplateSource,
    parameters: &BTreeMap<String, String>,
    capabilities: &[Capability],
) -> BTreeMap<String, String> {
    let request = StackRequest {
        name: name.to_owned(),
        template,
        parameters: parameters.clone(),
        tags: BTreeMap::new(),
        capabilities: capabilities.to_vec(),
        token: name.to_owned(),
    };
    cloud.create_stack(region, &request).await.unwrap_or_else(|error| panic!("the stack `{name}`: {error}"));
    loop {
        let state = cloud.stack(region, name).await.unwrap_or_else(|error| panic!("the stack `{name}`: {error}"));
        let state = state.unwrap_or_else(|| panic!("the stack `{name}` is gone"));
        if state.status == "CREATE_COMPLETE" {
            return state.outputs;
        }
        assert_eq!(state.status, "CREATE_IN_PROGRESS", "{name}: {:?}", state.reason);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
