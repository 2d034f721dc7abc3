//! Names of one's own for APIs.

use flagcdk_cfn as cfn;
use flagcdk_core::{Scope, Value};
use typed_builder::TypedBuilder;

use super::HttpApiRef;
use crate::certificatemanager::CertificateRef;

/// How an [`ApiDomain`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct ApiDomainProps {
    /// The API.
    #[builder(setter(into))]
    api: HttpApiRef,
    /// The name, such as `api.example.com`.
    #[builder(setter(into))]
    name: Value<String>,
    /// The certificate for the name, in the stack's own region.
    #[builder(setter(into))]
    certificate: CertificateRef,
}

/// A name by which an API is called, over TLS 1.2 or newer.
///
/// The name leads there by a record, [`RecordValue::api`](crate::route53::RecordValue::api).
///
/// ```
/// use flagcdk::apigatewayv2::{ApiDomain, ApiDomainProps, HttpApi, HttpApiProps};
/// use flagcdk::certificatemanager::{Certificate, CertificateProps};
/// use flagcdk::route53::{HostedZoneRef, Record, RecordProps, RecordValue};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let zone = HostedZoneRef::from_id("Z123456789ABC", "example.com");
/// let certificate = CertificateProps::builder().domain("api.example.com").zone(&zone).build();
/// let certificate = Certificate::new(&stack, "Certificate", certificate);
/// let api = HttpApi::new(&stack, "Api", HttpApiProps::builder().build());
/// let domain = ApiDomainProps::builder().api(&api).name("api.example.com").certificate(&certificate).build();
/// let domain = ApiDomain::new(&stack, "Domain", domain);
/// let record = RecordProps::builder().zone(&zone).name("api.example.com").value(RecordValue::api(&domain)).build();
/// Record::new(&stack, "Record", record);
/// assert!(app.synth()?.template("Api").contains("TLS_1_2"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [custom domain names](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html).
#[derive(Clone, Debug)]
pub struct ApiDomain {
    name: Value<String>,
    pub(crate) target: Value<String>,
    pub(crate) zone_id: Value<String>,
}

impl ApiDomain {
    /// Makes the name, and leads it to the API's stage.
    pub fn new(scope: &Scope, id: &str, props: ApiDomainProps) -> Self {
        use cfn::apigatewayv2::domain_name as property;

        let scope = scope.construct(id);
        let configuration = property::DomainNameConfiguration::new()
            .certificate_arn(props.certificate.arn())
            .endpoint_type("REGIONAL")
            .security_policy("TLS_1_2");
        let domain =
            cfn::apigatewayv2::DomainName::new().domain_name(&props.name).domain_name_configurations([configuration]);
        let handle = scope.add("Resource", domain);
        let mapping = cfn::apigatewayv2::ApiMapping::new()
            .api_id(props.api.id())
            .domain_name(handle.reference())
            .stage(props.api.stage());
        scope.add("Mapping", mapping);
        Self {
            name: handle.reference(),
            target: handle.get(cfn::apigatewayv2::DomainName::REGIONAL_DOMAIN_NAME),
            zone_id: handle.get(cfn::apigatewayv2::DomainName::REGIONAL_HOSTED_ZONE_ID),
        }
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }
}
