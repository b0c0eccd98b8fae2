import { expect, it } from 'vitest';
import { countsOf } from './counted.ts';
import { parseScrape } from './scrape.ts';

const operator = parseScrape(`
rest_client_requests_total{code="200",method="GET",host="a"} 400
rest_client_requests_total{code="200",method="PUT",host="a"} 300
rest_client_requests_total{code="409",method="PATCH",host="a"} 1
rest_client_requests_total{code="200",method="PATCH",host="a"} 5
rest_client_requests_total{code="201",method="POST",host="a"} 2
controller_runtime_reconcile_total{controller="taskcluster",result="success"} 9
controller_runtime_reconcile_total{controller="taskcluster",result="requeue_after"} 120
process_cpu_seconds_total 1.5
`);
const api = parseScrape(`
apiserver_request_total{verb="APPLY",resource="taskclusters",subresource="status",code="200"} 6
apiserver_request_total{verb="GET",resource="secrets",code="200"} 80
apiserver_request_total{verb="PUT",resource="leases",code="200"} 900
apiserver_request_total{verb="POST",resource="events",code="201"} 2
`);

it('tells writes from reads, and writes of the Lease from others', () => {
  expect(countsOf(operator, api)).toEqual({
    leases: 300,
    writes: 8,
    writesOfAll: 8,
    reconciles: 129,
    cpuSeconds: 1.5,
  });
});
