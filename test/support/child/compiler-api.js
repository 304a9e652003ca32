// The compiler API of TypeScript before version 7, as the module `typescript` exports it.
import { ts } from 'ts-morph';

export default ts;
