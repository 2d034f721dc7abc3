//! HTTP APIs, sites, names and certificates.

use flagcdk::apigatewayv2::{
    ApiDomain, ApiDomainProps, HttpApi, HttpApiProps, HttpCors, JwtAuthorizer, JwtAuthorizerProps, Route, Throttling,
};
use flagcdk::certificatemanager::{Certificate, CertificateProps, CertificateRef};
use flagcdk::cloudfront::{
    Behavior, CachePolicy, Distribution, DistributionProps, Origin, OriginRequestPolicy, PriceClass, SinglePage,
};
use flagcdk::ec2::{Vpc, VpcProps};
use flagcdk::iam::Permissions;
use flagcdk::kms::{Key, KeyProps, KeyService};
use flagcdk::lambda::{Code, Function, FunctionProps, FunctionRef};
use flagcdk::route53::{HostedZone, HostedZoneProps, HostedZoneRef, Record, RecordProps, RecordValue};
use flagcdk::s3::{Bucket, BucketProps, BucketRef};
use flagcdk::{App, Placement, Region, Stack, Value};
use serde_json::json;

use crate::{Sample, findings, resources};

pub(crate) const SAMPLES: &[Sample] = &[("http_api", http_api), ("static_site", static_site), ("route53", route53)];

fn zone() -> HostedZoneRef {
    HostedZoneRef::from_id("Z123456789ABC", "example.com")
}

fn http_api(stack: &Stack) {
    let function = |id: &str| Function::new(stack, id, FunctionProps::builder().code(Code::cargo("orders")).build());
    let (orders, admin) = (function("Orders"), function("Admin"));
    let cors = HttpCors::builder().origins(["https://shop.example.com".into()]).methods(["GET", "POST"]).build();
    let props =
        HttpApiProps::builder().cors(cors).throttling(Throttling { rate: 50, burst: 100 }).own_domains_only(true);
    let api = HttpApi::new(stack, "Api", props.description("Orders of the shop").build());
    let customers =
        JwtAuthorizerProps::builder().api(&api).issuer("https://login.example.com/").audiences(["shop".into()]).build();
    let customers = JwtAuthorizer::new(stack, "Customers", customers);
    api.route(Route::to("GET /orders/{id}", &orders).for_tokens_with(&customers, ["orders:read"]));
    api.route(Route::to("ANY /admin/{rest+}", &admin));
    api.route(Route::to("$default", &orders).open_to_anyone());
    let certificate = CertificateProps::builder().domain("api.example.com").zone(zone()).build();
    let certificate = Certificate::new(stack, "Certificate", certificate);
    let domain = ApiDomainProps::builder().api(&api).name("api.example.com").certificate(&certificate).build();
    let domain = ApiDomain::new(stack, "Domain", domain);
    let record = RecordProps::builder().zone(zone()).name("api.example.com").value(RecordValue::api(&domain)).build();
    Record::new(stack, "Record", record);
}

fn static_site(stack: &Stack) {
    let key = Key::new(stack, "Key", KeyProps::builder().services([KeyService::CloudFront]).build());
    let pages = BucketProps::builder().encryption_key(&key).build();
    let pages = Bucket::new(stack, "Pages", pages);
    let certificate = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";
    let api = Behavior::of("/api/*", Origin::https("api.example.com"))
        .cached_by(CachePolicy::DISABLED)
        .requested_by(OriginRequestPolicy::ALL_VIEWER_EXCEPT_HOST)
        .with_all_methods();
    let props = DistributionProps::builder()
        .origin(Origin::bucket(&pages))
        .behaviors([api])
        .domains(["shop.example.com".to_owned()])
        .certificate(CertificateRef::from_arn(certificate))
        .single_page(SinglePage::Yes)
        .price_class(PriceClass::Cheapest)
        .build();
    let site = Distribution::new(stack, "Site", props);
    let record = RecordProps::builder().zone(zone()).name("shop.example.com").value(RecordValue::distribution(&site));
    Record::new(stack, "Record", record.build());
    let deploy = Function::new(stack, "Deploy", FunctionProps::builder().code(Code::cargo("deploy")).build());
    pages.as_ref().grant_put(&deploy);
    site.as_ref().grant_invalidate(&deploy);
}

fn route53(stack: &Stack) {
    let zone =
        HostedZone::new(stack, "Zone", HostedZoneProps::builder().name("example.org").comment("The shop").build());
    let record = |id: &str, name: &str, value: RecordValue| {
        Record::new(stack, id, RecordProps::builder().zone(&zone).name(name).value(value).build());
    };
    record("Www", "www.example.org", RecordValue::a(["192.0.2.1", "192.0.2.2"]));
    record("Www6", "www6.example.org", RecordValue::aaaa(["2001:db8::1"]));
    record("Docs", "docs.example.org", RecordValue::cname("www.example.org"));
    record("Spf", "example.org", RecordValue::txt(["v=spf1 -all"]));
    record("Mail", "example.org.", RecordValue::mx([(10, "mail.example.org")]));
    let vpc = Vpc::new(stack, "Vpc", VpcProps::builder().build());
    HostedZone::new(stack, "Inside", HostedZoneProps::builder().name("shop.internal").vpcs([(&vpc).into()]).build());
    stack.output("NameServers", Value::join(" ", zone.name_servers()));
}

#[test]
fn a_route_lets_itself_invoke_its_function() {
    let resources = resources(http_api);
    let arn = |id: &str| resources[id]["Properties"]["SourceArn"]["Fn::Sub"].as_str().unwrap_or_default().to_owned();
    assert!(arn("ApiGetOrdersIdInvoke").ends_with(":${Api}/*/GET/orders/*"), "{}", arn("ApiGetOrdersIdInvoke"));
    assert!(arn("ApiAnyAdminRestInvoke").ends_with(":${Api}/*/*/admin/*"));
    assert!(arn("ApiDefaultInvoke").ends_with(":${Api}/*/$default"));
    let of_type =
        |kind: &str| resources.as_object().unwrap().values().filter(|resource| resource["Type"] == kind).count();
    // Two routes of one function share the integration with it.
    assert_eq!(of_type("AWS::ApiGatewayV2::Integration"), 2);
    assert_eq!(resources["ApiAnyAdminRest"]["Properties"]["AuthorizationType"], "AWS_IAM");
    let signed = crate::resources(|stack| {
        let api = HttpApi::new(stack, "Api", HttpApiProps::builder().build());
        let permissions = Permissions::new();
        api.as_ref().grant_call("GET", "/orders/*", &permissions);
        let caller = FunctionProps::builder().code(Code::cargo("caller")).permissions(permissions).build();
        Function::new(stack, "Caller", caller);
    });
    assert!(signed["CallerRole"].to_string().contains("execute-api:Invoke"));
}

#[test]
fn the_distribution_alone_gets_objects() {
    let resources = resources(static_site);
    let statements = &resources["PagesPolicy"]["Properties"]["PolicyDocument"]["Statement"];
    assert_eq!(statements[0]["Effect"], "Deny");
    assert_eq!(statements[1]["Principal"], json!({ "Service": "cloudfront.amazonaws.com" }));
    assert_eq!(statements[1]["Action"], "s3:GetObject");
    let source = statements[1]["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"].as_str().unwrap();
    assert!(source.ends_with(":distribution/${Site}"), "{source}");
    // From another stack the distribution cannot be named, since its stack names the bucket.
    let app = App::new("shop", Region::US_EAST_1);
    let (pages, site) = (app.stack("Pages", Placement::Home), app.stack("Site", Placement::Home));
    let bucket = Bucket::new(&pages, "Pages", BucketProps::builder().build());
    Distribution::new(&site, "Site", DistributionProps::builder().origin(Origin::bucket(&bucket)).build());
    assert!(app.synth().unwrap().template("Pages").contains(":distribution/*"));
}

#[test]
fn what_aws_refuses_is_found() {
    let route = |key: &'static str, expected: &[&str]| {
        let found = findings(|stack| {
            let api = HttpApi::new(stack, "Api", HttpApiProps::builder().build());
            api.route(Route::to(key, &FunctionRef::from_name("f")));
        });
        assert_eq!(found, expected, "{key}");
    };
    for good in ["$default", "GET /", "ANY /{proxy+}", "POST /a/{b}/c"] {
        route(good, &[]);
    }
    for bad in ["GET", "get /a", "GET a", "GET /{a+}/b", "GET /{a", "GET /a b"] {
        route(bad, &["apigatewayv2::route"]);
    }
    let api = |props: HttpApiProps| findings(|stack| drop(HttpApi::new(stack, "Api", props)));
    let anywhere = HttpCors::builder().origins(["*".into()]).credentials(true).build();
    assert_eq!(api(HttpApiProps::builder().cors(anywhere).build()), ["apigatewayv2::cors"]);
    let none = Throttling { rate: 0, burst: 1 };
    assert_eq!(api(HttpApiProps::builder().throttling(none).build()), ["apigatewayv2::throttling"]);

    let site = |props: DistributionProps| findings(|stack| drop(Distribution::new(stack, "D", props)));
    let of = || DistributionProps::builder().origin(Origin::bucket(&BucketRef::from_name("pages")));
    assert_eq!(site(of().build()), [""; 0]);
    assert_eq!(site(of().domains(["a.example.com".to_owned()]).build()), ["cloudfront::certificate"]);
    let near = CertificateRef::from_arn("arn:aws:acm:eu-west-1:111122223333:certificate/c");
    let near = of().domains(["a.example.com".to_owned()]).certificate(&near).build();
    assert_eq!(site(near), ["cloudfront::certificate-region"]);
    assert_eq!(site(of().single_page(SinglePage::NotFoundPage("404.html".into())).build()), ["cloudfront::page"]);

    let certificate = CertificateProps::builder().domain("example.net").zone(zone()).build();
    assert_eq!(findings(|stack| drop(Certificate::new(stack, "C", certificate))), ["certificatemanager::zone"]);
    let record = |name: &str, value: RecordValue| {
        let props = RecordProps::builder().zone(zone()).name(name).value(value).build();
        findings(|stack| drop(Record::new(stack, "R", props)))
    };
    assert_eq!(record("www", RecordValue::a(["192.0.2.1"])), ["route53::zone"]);
    assert_eq!(record("www.example.com", RecordValue::a([""; 0])), ["route53::no-values"]);
    assert_eq!(record("example.com", RecordValue::cname("x.example.org")), ["route53::cname"]);
}

#[test]
fn what_is_global_is_made_once() {
    let app = App::new("shop", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1]);
    let stack = app.stack("Main", Placement::EveryRegion);
    let origin = Origin::https("api.example.com");
    Distribution::new(&stack, "D", DistributionProps::builder().origin(origin).build());
    let codes: Vec<_> = app.synth().unwrap_err().findings.into_iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["cloudfront::every-region"]);
}
