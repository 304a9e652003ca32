/** The responses of both APIs, as the routers declare them. Only types are imported, so no code of the server is in a page. */
import type { hc, InferResponseType } from 'hono/client';
import type { HdpApi } from '../hdp/router.ts';
import type { ServicesApi } from '../services/router.ts';

type Hdp = ReturnType<typeof hc<HdpApi>>;
type Services = ReturnType<typeof hc<ServicesApi>>;

export type HdpList = InferResponseType<Hdp['tasks']['$get'], 200>;
export type HdpTask = HdpList['tasks'][number];
export type HdpDetails = InferResponseType<Hdp['tasks'][':uuid']['details']['$get'], 200>;
export type HdpStatusBody = InferResponseType<Hdp['tasks'][':uuid']['status']['$get'], 200>;
export type HdpAccepted = InferResponseType<Hdp['tasks']['$post'], 200>;
export type HdpFigures = InferResponseType<Hdp['figures']['$get'], 200>;
export type HdpTransitions = InferResponseType<Hdp['tasks'][':uuid']['state_transitions']['$get'], 200>;

export type ServicesList = InferResponseType<Services['tasks']['$get'], 200>;
export type ServicesTask = ServicesList[number];
export type ServicesSession = InferResponseType<Services['session']['$get'], 200>;
export type LoggedTask = InferResponseType<Services['tasks'][':id']['$get'], 200>;
